import { useSignal } from '@preact/signals'
import type { Alerts, Level, Room } from '../../../src/contract.ts'
import type { texts } from '../../locales/en/settings.ts'
import { learn } from '../../state/attention-choices.ts'
import css from '../../style/settings.css'
import { addStyle } from '../add-style.ts'
import { useChat, useTexts } from '../app-context.ts'
import { Dialog } from '../Dialog.tsx'
import { Answered, useAnswer, useOutcome } from './answer.tsx'
import { LevelChoice } from './LevelChoice.tsx'

addStyle(css)

/** The same choice as in the settings, for the room that is shown. */
export function RoomAlerts({ room, onClose }: { room: Room; onClose: () => void }) {
  const t = useTexts<typeof texts>()
  const chat = useChat()
  const asked = useAnswer('alerts:get', {})
  const latest = useSignal<Alerts | null>(null)
  const outcome = useOutcome()

  async function choose(level: Level | null) {
    const reply = await chat.ask('alerts:set', { level: { room: room.id, level } })
    if (!reply.ok) return outcome.refused(reply.reason)
    learn(chat, reply.value)
    latest.value = reply.value
  }

  return (
    <Dialog title={t('alerts.title')} onClose={onClose}>
      <Answered asked={asked}>
        {(answered) => (
          <LevelChoice room={room} alerts={latest.value ?? answered} onChosen={(level) => void choose(level)} />
        )}
      </Answered>
      {outcome.line}
    </Dialog>
  )
}
