import { newId, type Room, type RoomMember } from '../../../src/contract.ts'
import { useChat } from '../app-context.ts'
import { PersonSearch } from '../rooms/PersonSearch.tsx'
import { useOutcome } from '../settings/answer.tsx'
import { useModerationTexts } from './texts.ts'

/** Makes somebody else the owner of an open room. */
export function HandOn({ room }: { room: Room }) {
  const t = useModerationTexts()
  const { ask } = useChat()
  const outcome = useOutcome()

  async function handOn({ id, name }: RoomMember) {
    const reply = await ask('member:own', { room: room.id, id: newId(), person: id })
    if (reply.ok) outcome.say(t('handOn.done', { name }))
    else outcome.refused(reply.reason)
  }

  return (
    <details>
      <summary>{t('handOn.title')}</summary>
      <div class="fields stack">
        <PersonSearch
          label={t('handOn.search')}
          action={t('handOn.own')}
          without={room.by === null ? [] : [room.by]}
          note={t('handOn.owner')}
          onChosen={(person) => void handOn(person)}
        />
        {outcome.line}
      </div>
    </details>
  )
}
