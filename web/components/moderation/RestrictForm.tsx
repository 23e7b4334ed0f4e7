import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { newId } from '../../../src/contract.ts'
import { REASON_MAX_CODE_POINTS } from '../../../src/contract/moderation.ts'
import { useChat } from '../app-context.ts'
import { useOutcome } from '../settings/answer.tsx'
import { DAY_MS, HOUR_MS, MINUTE_MS, useSpan } from './span.ts'
import { useModerationTexts } from './texts.ts'
import { Button } from '../Button.tsx'
import { Form } from '../forms/Form.tsx'
import { Select, TextField, Tick } from '../forms/fields.tsx'

const LASTS_MS = [10 * MINUTE_MS, HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS]
/** Of a ban: it ends only when somebody ends it. */
const FOR_GOOD = 0

/** Mutes or bans a person, with a reason that they read. */
export function RestrictForm({ person, onDone }: { person: { id: string; name: string }; onDone: () => void }) {
  const t = useModerationTexts()
  const span = useSpan()
  const { ask } = useChat()
  const outcome = useOutcome()
  const isBan = useSignal(false)
  const lastsMs = useSignal(DAY_MS)
  const reason = useSignal('')
  const erase = useSignal(false)
  const address = useSignal(false)
  /** Names what is asked for: trying it again changes nothing twice. */
  const attempt = useRef(newId())

  async function restrict() {
    const terms = { person: person.id, id: attempt.current, reason: reason.value }
    const reply = isBan.value
      ? await ask('person:ban', {
          ...terms,
          ...(lastsMs.value !== FOR_GOOD && { lastsMs: lastsMs.value }),
          erase: erase.value,
          address: address.value
        })
      : await ask('person:mute', { ...terms, lastsMs: lastsMs.value })
    if (!reply.ok) return outcome.refused(reply.reason)
    attempt.current = newId()
    outcome.say(t(isBan.value ? 'restrict.banned' : 'restrict.muted', { name: person.name }))
    onDone()
  }

  function choose(what: 'mute' | 'ban') {
    isBan.value = what === 'ban'
    if (!isBan.value && lastsMs.value === FOR_GOOD) lastsMs.value = DAY_MS
  }

  const times = LASTS_MS.map((ms) => [ms, span(ms)] as const)
  return (
    <Form class="fields stack" onSubmit={restrict}>
      <Select
        label={t('restrict.what')}
        value={isBan.value ? 'ban' : 'mute'}
        options={[
          ['mute', t('restrict.mute')],
          ['ban', t('restrict.ban')]
        ]}
        onChosen={choose}
      />
      <Select
        label={t('restrict.lasts')}
        value={lastsMs.value}
        options={isBan.value ? [...times, [FOR_GOOD, t('restrict.forGood')]] : times}
        onChosen={(ms) => (lastsMs.value = ms)}
      />
      <TextField
        label={t('restrict.reason', { name: person.name })}
        value={reason}
        maxLength={REASON_MAX_CODE_POINTS}
      />
      {isBan.value && (
        <>
          <Tick label={t('restrict.erase')} value={erase} />
          <Tick label={t('restrict.address')} value={address} />
        </>
      )}
      <Button type="submit" class="danger" text={t(isBan.value ? 'restrict.ban' : 'restrict.mute')} />
      {outcome.line}
    </Form>
  )
}
