// What a section asks the server for, and what it shows meanwhile.
import { useSignal, type Signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useCallback, useEffect } from 'preact/hooks'
import type { Answers, ClientEvent, Payload, Reply } from '../../../src/contract.ts'
import type { texts } from '../../locales/en/settings.ts'
import { sentence, useApp, useChat, useTexts } from '../app-context.ts'
import { Button } from '../Button.tsx'

export interface Asked<Value> {
  answer: Signal<Reply<Value> | null>
  reload(): void
}

/** The answer to an event: null until it is there. It is asked again whenever the connection is back. */
export function useAnswer<E extends ClientEvent>(event: E, payload: Payload<E>): Asked<Answers[E]> {
  const { ask, connection } = useChat()
  const answer = useSignal<Reply<Answers[E]> | null>(null)
  const times = useSignal(0)
  const asked = JSON.stringify(payload)
  const online = connection.online.value
  const again = times.value

  useEffect(() => {
    let isLatest = true
    async function load() {
      const reply = await ask(event, JSON.parse(asked) as Payload<E>)
      // What was shown is not replaced by a refusal.
      if (isLatest && (reply.ok || !answer.peek()?.ok)) answer.value = reply
    }
    void load()
    return () => {
      isLatest = false
    }
  }, [ask, event, asked, online, again, answer])
  return { answer, reload: useCallback(() => void (times.value += 1), [times]) }
}

/** In the place of an answer that is not there yet, or was refused. */
export function Answered<Value>({
  asked,
  children
}: {
  asked: Asked<Value>
  children(value: Value): ComponentChildren
}) {
  const app = useApp()
  const t = useTexts<typeof texts>()
  const reply = asked.answer.value
  if (reply?.ok) return <>{children(reply.value)}</>
  if (!reply) return <p class="lead late">{t('settings.loading')}</p>
  return (
    <>
      <p role="alert">{sentence(app, reply.reason)}</p>
      <Button text={t('link.retry')} onPress={asked.reload} />
    </>
  )
}

/** A line that says what an action did, also to a screen reader: notices beside the dialog would be behind it. */
export function useOutcome(): {
  say(text: string): void
  refused(reason: Parameters<typeof sentence>[1]): void
  line: ComponentChildren
} {
  const app = useApp()
  const text = useSignal('')
  return {
    say: (sentence) => (text.value = sentence),
    refused: (reason) => (text.value = sentence(app, reason)),
    line: <output class="outcome">{text.value}</output>
  }
}
