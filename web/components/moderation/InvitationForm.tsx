import { useSignal } from '@preact/signals'
import { INVITATION_USES_MAX, LOBBY, ROOM_INVITATION_USES_MAX, type Invitation } from '../../../src/contract.ts'
import { roomsInOrder } from '../../state/room-order.ts'
import { roomTitle, useApp, useChat } from '../app-context.ts'
import { useOutcome } from '../settings/answer.tsx'
import { DAY_MS, HOUR_MS, useSpan } from './span.ts'
import { useModerationTexts } from './texts.ts'
import { Button } from '../Button.tsx'
import { Form } from '../forms/Form.tsx'
import { Select } from '../forms/fields.tsx'

const LASTS_MS = [HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS]
const FIRST = { uses: 10, lastsMs: 7 * DAY_MS }

/** How many people a new invitation is for, for how long, and where it leads. */
export function InvitationForm(props: { room?: string; onCreated: (invitation: Invitation) => void }) {
  const app = useApp()
  const t = useModerationTexts()
  const span = useSpan()
  const { ask, rooms } = useChat()
  const outcome = useOutcome()
  const uses = useSignal(FIRST.uses)
  const lastsMs = useSignal(FIRST.lastsMs)
  const room = useSignal(props.room ?? '')

  async function create() {
    const terms = { uses: uses.value, lastsMs: lastsMs.value, ...(room.value !== '' && { room: room.value }) }
    const reply = await ask('invitation:create', terms)
    if (!reply.ok) return outcome.refused(reply.reason)
    outcome.say('')
    props.onCreated(reply.value)
  }

  const places = roomsInOrder(rooms, app.i18n.tools.value.collator).filter(({ id }) => id !== LOBBY)
  return (
    <Form class="fields stack" onSubmit={create}>
      <label class="choice">
        <span>{t('invite.uses')}</span>
        <input
          class="field"
          type="number"
          min={1}
          max={props.room === undefined ? INVITATION_USES_MAX : ROOM_INVITATION_USES_MAX}
          required
          value={uses.value}
          onInput={(event) => (uses.value = event.currentTarget.valueAsNumber)}
        />
      </label>
      <Select
        label={t('invite.lasts')}
        value={lastsMs.value}
        options={LASTS_MS.map((ms) => [ms, span(ms)])}
        onChosen={(ms) => (lastsMs.value = ms)}
      />
      {props.room === undefined && (
        <Select
          label={t('invite.room')}
          value={room.value}
          options={[['', t('invite.anyRoom')], ...places.map((one) => [one.id, roomTitle(app, one)] as const)]}
          onChosen={(id) => (room.value = id)}
        />
      )}
      <Button type="submit" class="primary" text={t('invite.create')} />
      {outcome.line}
    </Form>
  )
}
