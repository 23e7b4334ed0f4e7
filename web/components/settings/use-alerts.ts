import type { Payload } from '../../../src/contract.ts'
import { learn } from '../../state/attention-choices.ts'
import { useChat } from '../app-context.ts'
import { useAnswer, useOutcome } from './answer.tsx'

export type AlertsInUse = ReturnType<typeof useAlerts>

/** What the person has chosen to be notified of, and how to change it. */
export function useAlerts() {
  const chat = useChat()
  const asked = useAnswer('alerts:get', {})
  const outcome = useOutcome()

  async function set(change: Payload<'alerts:set'>) {
    const reply = await chat.ask('alerts:set', change)
    if (!reply.ok) return outcome.refused(reply.reason)
    learn(chat, reply.value)
    asked.answer.value = reply
  }
  return { asked, outcome, set }
}
