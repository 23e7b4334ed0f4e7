import { useSignal } from '@preact/signals'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import type { Refusal } from '../../src/contract.ts'
import { sentence, useApp } from './app-context.ts'
import { Button } from './Button.tsx'
import { Form } from './forms/Form.tsx'

interface NameFormProps {
  /** The initial text of the box. */
  name: string
  label: string
  /** The label of the button. */
  go: string
  submit(name: string): Promise<{ ok: true } | Refusal>
  /** What to do when the taken name is one's own. */
  ifMine?: string
}

/** One name, one button, the reason of a refusal, and a name that is free instead. Used for people and for rooms. */
export function NameForm({ name, label, go, submit, ifMine = '' }: NameFormProps) {
  const app = useApp()
  const value = useSignal(name)
  const busy = useSignal(false)
  const refused = useSignal<Refusal | null>(null)
  const box = useRef<HTMLInputElement>(null)
  const id = useId()
  const suggestion = refused.value?.suggestion
  useLayoutEffect(() => box.current?.select(), [])

  async function enter(wanted: string) {
    if (busy.value) return
    if (wanted === '') return box.current?.focus()
    busy.value = true
    const result = await submit(wanted)
    busy.value = false
    refused.value = result.ok ? null : result
    if (!result.ok) box.current?.focus()
  }

  return (
    <Form class="name-form stack" onSubmit={() => enter(value.value.trim())}>
      <label for={id}>{label}</label>
      <input
        id={id}
        ref={box}
        class="field"
        value={value.value}
        onInput={(event) => {
          value.value = event.currentTarget.value
          refused.value = null
        }}
        dir="auto"
        autocomplete="off"
        autocapitalize="words"
        spellcheck={false}
        enterkeyhint="go"
        maxLength={200}
        required
        aria-invalid={refused.value !== null}
        aria-describedby={`${id}-refused`}
      />
      <p id={`${id}-refused`} class="refused" role="alert">
        {refused.value &&
          `${sentence(app, refused.value.reason)} ${refused.value.reason === 'name-taken' ? ifMine : ''}`}
      </p>
      {suggestion !== undefined && (
        <Button class="wide" onPress={() => enter((value.value = suggestion))}>
          <span dir="auto">{app.i18n.t('name.suggestion', { name: suggestion })}</span>
        </Button>
      )}
      <Button
        type="submit"
        class="primary wide"
        text={busy.value ? app.i18n.t('signIn.entering') : go}
        aria-disabled={busy.value}
      />
    </Form>
  )
}
