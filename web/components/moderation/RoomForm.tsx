import { useSignal } from '@preact/signals'
import { LOBBY, isOpen, SLOW_MODE_MAX_SECONDS, type Room } from '../../../src/contract.ts'
import { useChat } from '../app-context.ts'
import { useOutcome } from '../settings/answer.tsx'
import { useSpan } from './span.ts'
import { useModerationTexts } from './texts.ts'
import { Button } from '../Button.tsx'
import { Form } from '../forms/Form.tsx'
import { Select, TextField, Tick } from '../forms/fields.tsx'

const SLOW_SECONDS = [0, 5, 10, 30, 60, 300, 900, 3_600, SLOW_MODE_MAX_SECONDS]
const SECOND_MS = 1_000
/** In UTF-16 code units: more than the server accepts, which counts otherwise and says so. */
const TITLE_BOX_MAX = 400
const TOPIC_BOX_MAX = 1_000

/**
 * Title, topic, slow mode, read-only, closed, and of a private room whether new members see its history. The lobby keeps its title and
 * stays open.
 */
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
    <Form class="fields stack" onSubmit={save}>
      {!isLobby && <TextField label={t('rooms.name')} value={title} maxLength={TITLE_BOX_MAX} required />}
      <TextField label={t('roomForm.topic')} value={topic} maxLength={TOPIC_BOX_MAX} />
      <Select
        label={t('roomForm.slow')}
        value={slowSeconds.value}
        options={offered.map((seconds) => [seconds, seconds === 0 ? t('roomForm.notSlow') : span(seconds * SECOND_MS)])}
        onChosen={(seconds) => (slowSeconds.value = seconds)}
      />
      <Tick label={t('roomForm.readOnly')} value={readOnly} />
      {isPrivate && <Tick label={t('roomForm.history')} value={history} />}
      {!isLobby && <Tick label={t('roomForm.archived')} value={archived} />}
      <Button type="submit" class="primary" text={t('common.save')} />
      {outcome.line}
    </Form>
  )
}
