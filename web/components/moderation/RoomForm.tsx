import { useSignal } from '@preact/signals'
import { LOBBY, isOpen, SLOW_MODE_MAX_SECONDS, type Room } from '../../../src/contract.ts'
import { useChat } from '../app-context.ts'
import { useOutcome } from '../settings/answer.tsx'
import { useSpan } from './span.ts'
import { Tick } from './Tick.tsx'
import { useModerationTexts } from './texts.ts'

const SLOW_SECONDS = [0, 5, 10, 30, 60, 300, 900, 3_600, SLOW_MODE_MAX_SECONDS]
const SECOND_MS = 1_000

/** Title, topic, slow mode, read-only, closed, and of a private room whether new members see its history. The lobby keeps its title and stays open. */
export function RoomForm({ room }: { room: Room }) {
  const t = useModerationTexts()
  const span = useSpan()
  const { ask, rooms } = useChat()
  const outcome = useOutcome()
  const isLobby = room.id === LOBBY
  const title = useSignal(room.title)
  const topic = useSignal(room.topic ?? '')
  const slowSeconds = useSignal(room.slowSeconds ?? 0)
  const readOnly = useSignal(room.readOnly ?? false)
  const archived = useSignal(room.archived ?? false)
  const history = useSignal(room.history ?? false)
  const isPrivate = !isOpen(room.id)
  const offered = [...new Set([...SLOW_SECONDS, slowSeconds.peek()])].toSorted((a, b) => a - b)

  async function save() {
    const reply = await ask('room:change', {
      room: room.id,
      topic: topic.value,
      slowSeconds: slowSeconds.value,
      readOnly: readOnly.value,
      ...(isPrivate && { history: history.value }),
      ...(!isLobby && { title: title.value, archived: archived.value })
    })
    if (!reply.ok) return outcome.refused(reply.reason)
    rooms.added(reply.value)
    outcome.say(t('roomForm.saved'))
  }

  return (
    <form
      class="fields"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      {!isLobby && (
        <label>
          {t('rooms.name')}
          <input
            class="field"
            dir="auto"
            required
            maxLength={400}
            value={title.value}
            onInput={(event) => (title.value = event.currentTarget.value)}
          />
        </label>
      )}
      <label>
        {t('roomForm.topic')}
        <input
          class="field"
          dir="auto"
          maxLength={1_000}
          value={topic.value}
          onInput={(event) => (topic.value = event.currentTarget.value)}
        />
      </label>
      <label class="choice">
        <span>{t('roomForm.slow')}</span>
        <select value={slowSeconds.value} onChange={(event) => (slowSeconds.value = Number(event.currentTarget.value))}>
          {offered.map((seconds) => (
            <option key={seconds} value={seconds}>
              {seconds === 0 ? t('roomForm.notSlow') : span(seconds * SECOND_MS)}
            </option>
          ))}
        </select>
      </label>
      <Tick label={t('roomForm.readOnly')} value={readOnly} />
      {isPrivate && <Tick label={t('roomForm.history')} value={history} />}
      {!isLobby && <Tick label={t('roomForm.archived')} value={archived} />}
      <button type="submit" class="button primary">
        {t('common.save')}
      </button>
      {outcome.line}
    </form>
  )
}
