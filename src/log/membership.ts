// Who may change the members of a private room. Both stores apply these rules to the room as it is in the step that stores the change.
import { MEMBERS_MAX, roomKind, type Room, type RoomEvent } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { Member, MemberVerb } from './message-log.ts'

/**
 * The room and its members after the change. A member lets others in; its owner (`by`) removes them and names the next owner; when
 * the owner leaves, the member who has been there longest owns the room. `null` in `since` is the seq that the change will have.
 * @throws ChatError no-room, not-allowed, already-member, members-full
 */
export function changedMembers(
  { room, members }: { room: Room; members: readonly Member[] },
  { what, person, by, byLink = false }: MemberVerb
): { room: Room; members: (Omit<Member, 'since'> & { since: number | null })[] } {
  const isIn = (id: string | null) => members.some((member) => member.id === id)
  const isOwner = room.by === by.id
  if (what === 'joined' && byLink ? by.id !== person.id : !isIn(by.id)) throw new ChatError('no-room')
  if (roomKind(room.id) !== 'private') throw new ChatError('not-allowed')
  const ownedBy = (owner: string | null) => ({ ...room, by: owner, rev: (room.rev ?? 0) + 1 })
  const others = members.filter(({ id }) => id !== person.id)
  switch (what) {
    case 'joined':
      if (isIn(person.id)) throw new ChatError('already-member')
      if (members.length >= MEMBERS_MAX) throw new ChatError('members-full')
      return { room, members: [...members, { ...person, since: null }] }
    case 'left': {
      if (by.id !== person.id) throw new ChatError('not-allowed')
      const [next] = others.toSorted((a, b) => a.since - b.since)
      return { room: isOwner ? ownedBy(next?.id ?? null) : room, members: others }
    }
    case 'removed':
      if (!isOwner || by.id === person.id || !isIn(person.id)) throw new ChatError('not-allowed')
      return { room, members: others }
    default:
      what satisfies 'owner'
      if (!isOwner || !isIn(person.id)) throw new ChatError('not-allowed')
      return { room: ownedBy(person.id), members: [...members] }
  }
}

export const silenced = (members: readonly Member[], person: string, on: boolean): Member[] =>
  members.map(({ silent, ...member }) =>
    (member.id === person ? on : silent) ? { ...member, silent: true as const } : member
  )

/** Whether a stored event is this change, repeated. */
export const isSameChange = ({ by, member }: RoomEvent, change: MemberVerb): boolean =>
  by.id === change.by.id && member?.what === change.what && member.person.id === change.person.id
