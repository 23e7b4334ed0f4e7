import { useSignal } from '@preact/signals'
import { DIRECT_MAX_PEOPLE, type Reply, type Room, type RoomKind, type RoomMember } from '../../../src/contract.ts'
import { useChat } from '../app-context.ts'
import { Button } from '../Button.tsx'
import { Dialog } from '../Dialog.tsx'
import { Tick } from '../forms/fields.tsx'
import { NameForm } from '../NameForm.tsx'
import { useOutcome } from '../settings/answer.tsx'
import { PersonSearch } from './PersonSearch.tsx'
import { useRoomTexts } from './texts.ts'

const KINDS: readonly RoomKind[] = ['open', 'private', 'direct']

/** Creates a room, open or private, or begins a conversation with some people, and opens it. */
export function NewRoom({ onClose }: { onClose: () => void }) {
  const t = useRoomTexts()
  const { ask, rooms } = useChat()
  const outcome = useOutcome()
  const kind = useSignal<RoomKind>('open')
  const history = useSignal(false)
  const people = useSignal<readonly RoomMember[]>([])

  async function opened(asked: Promise<Reply<Room>>) {
    const reply = await asked
    if (!reply.ok) return reply
    rooms.added(reply.value)
    onClose()
    location.hash = `#/${reply.value.id}`
    return reply
  }
  const create = (title: string) =>
    opened(kind.value === 'open' ? rooms.create(title) : ask('private:create', { title, history: history.value }))

  async function begin() {
    const reply = await opened(ask('direct:open', { people: people.value.map(({ id }) => id) }))
    if (!reply.ok) outcome.refused(reply.reason)
  }

  return (
    <Dialog title={t('rooms.new')} onClose={onClose}>
      <fieldset class="kinds">
        <legend class="unseen">{t('new.kind')}</legend>
        {KINDS.map((one) => (
          <label key={one} class="tick">
            <input type="radio" name="kind" checked={kind.value === one} onChange={() => (kind.value = one)} />
            <span>
              {t(`new.${one}`)}
              <small>{t(`new.${one}Hint`)}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {kind.value === 'direct' && (
        <>
          <Chosen
            people={people.value}
            onRemoved={(id) => (people.value = people.value.filter((one) => one.id !== id))}
          />
          {people.value.length < DIRECT_MAX_PEOPLE - 1 && (
            <PersonSearch
              key={people.value.length}
              label={t('new.search')}
              action={t('new.add')}
              without={people.value.map(({ id }) => id)}
              note={t('new.added')}
              onChosen={(person) => (people.value = [...people.value, person])}
            />
          )}
          {people.value.length > 0 && <Button class="primary wide" text={t('new.begin')} onPress={begin} />}
          {outcome.line}
        </>
      )}
      {kind.value === 'private' && <Tick label={t('new.history')} value={history} />}
      {/* It stays, hidden: a name that is typed outlives a look at the other kinds, and the keyboard stays at them. */}
      <div hidden={kind.value === 'direct'}>
        <NameForm name="" label={t('rooms.name')} go={t('new.create')} submit={create} />
      </div>
    </Dialog>
  )
}

function Chosen({ people, onRemoved }: { people: readonly RoomMember[]; onRemoved: (id: string) => void }) {
  const t = useRoomTexts()
  return (
    <ul class="chosen" aria-label={t('new.people')}>
      {people.map(({ id, name }) => (
        <li key={id}>
          <Button onPress={() => onRemoved(id)}>
            <bdi>{name}</bdi>
            <span aria-hidden="true"> ×</span>
            <span class="unseen">: {t('members.remove')}</span>
          </Button>
        </li>
      ))}
    </ul>
  )
}
