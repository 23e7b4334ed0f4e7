import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { newId, type Reply, type Room, type RoomMember } from '../../../src/contract.ts'
import '../../style/settings.css'
import '../../style/rooms.css'
import { roomTitle, useApp, useChat } from '../app-context.ts'
import { Avatar } from '../Avatar.tsx'
import { Button } from '../Button.tsx'
import { Dialog } from '../Dialog.tsx'
import { Answered, useAnswer, useOutcome } from '../settings/answer.tsx'
import { RoomInvitations } from '../parts.ts'
import { PersonSearch } from './PersonSearch.tsx'
import { useRoomTexts } from './texts.ts'

/** Who is in a private room. All may let others in and leave; the owner removes people and hands the room on. */
export function Members({ room, onClose }: { room: Room; onClose: () => void }) {
  const app = useApp()
  const t = useRoomTexts()
  const { ask, me, rooms } = useChat()
  const outcome = useOutcome()
  const members = useAnswer('member:list', { room: room.id })
  const owner = room.by
  const { reload } = members
  // Others change the members, too.
  const changes = rooms.open.value.get(room.id)?.notices.value
  useEffect(reload, [changes, reload])
  const isLeaving = useSignal(false)
  const invites = useSignal(false)
  const inside = members.answer.value?.ok ? members.answer.value.value.members.map(({ id }) => id) : []

  async function done(reply: Promise<Reply<unknown>>, sentence: string) {
    const answer = await reply
    if (!answer.ok) return outcome.refused(answer.reason)
    members.reload()
    outcome.say(sentence)
    return true
  }
  const change = (event: 'member:add' | 'member:remove' | 'member:own', { id }: RoomMember) =>
    ask(event, { room: room.id, id: newId(), person: id })

  async function own(member: RoomMember) {
    await done(change('member:own', member), t('members.owns', { name: member.name }))
  }

  async function leave() {
    if (!isLeaving.value) return (isLeaving.value = true)
    const reply = await ask('member:leave', { room: room.id, id: newId() })
    if (!reply.ok) return outcome.refused(reply.reason)
    onClose()
    location.hash = '#/lobby'
    return true
  }

  return (
    <Dialog title={t('members.title', { room: roomTitle(app, room) })} onClose={onClose}>
      <PersonSearch
        label={t('members.search')}
        action={t('members.add')}
        without={inside}
        note={t('members.in')}
        onChosen={(person) => void done(change('member:add', person), t('members.added', { name: person.name }))}
      />
      {owner === me.value.id && <Button text={t('members.invite')} onPress={() => (invites.value = true)} />}
      {invites.value && <RoomInvitations room={room} onClose={() => (invites.value = false)} />}
      {outcome.line}
      <Answered asked={members}>
        {({ members }) => (
          <>
            <h3 class="small">{t('members.count', { n: members.length })}</h3>
            <ul class="entries">
              {members.map((member) => (
                <li key={member.id} class="member">
                  <Avatar name={member.name} person={member.key} />
                  <bdi class="name">{member.name}</bdi>
                  {member.id === owner && <small class="tag">{t('members.owner')}</small>}
                  {owner === me.value.id && member.id !== me.value.id && (
                    <span class="entry-actions">
                      <Button onPress={() => own(member)}>
                        {t('members.own')}
                        <span class="unseen"> {member.name}</span>
                      </Button>
                      <Button
                        onPress={() =>
                          done(change('member:remove', member), t('members.removed', { name: member.name }))
                        }
                      >
                        {t('members.remove')}
                        <span class="unseen"> {member.name}</span>
                      </Button>
                    </span>
                  )}
                </li>
              ))}
            </ul>
          </>
        )}
      </Answered>
      {isLeaving.value && <p role="alert">{t('members.leaveSure')}</p>}
      <Button class="wide" text={t('members.leave')} onPress={leave} />
    </Dialog>
  )
}
