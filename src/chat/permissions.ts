// What each role may do. Who may see a private room is in room-access.ts, and who may change its members in log/membership.ts. The README
// shows the rules as a table, which a test tries out.
import { LOBBY, isAtLeast, type Person, type Role, type Room } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { Caller } from './announcement.ts'
import type { Hub } from './hub.ts'

interface Rule {
  /** The least role; `guest`: also without a session, in the lobby. */
  from: Role | 'guest'
  /** The creator of the room too. */
  creator?: true
}

const rules = {
  /** Reading, writing, typing, and changing one's own. */
  'enter a room': { from: 'guest' },
  'see names': { from: 'visitor' },
  react: { from: 'visitor' },
  'create rooms': { from: 'visitor' },
  /** Removing what others wrote, and a room in which there is nothing. */
  'moderate a room': { from: 'moderator', creator: true },
  /** Muting and banning, reports, and the audit log. */
  'moderate people': { from: 'moderator' },
  invite: { from: 'moderator' },
  'give roles': { from: 'owner' }
} as const satisfies Record<string, Rule>
export type Right = keyof typeof rules

/** `room`: the one that it is about. */
export function may(person: Person | null, right: Right, room?: { id: string; by?: Room['by'] }): boolean {
  const { from, creator }: Rule = rules[right]
  if (person === null) return from === 'guest' && (room === undefined || room.id === LOBBY)
  return from === 'guest' || isAtLeast(roleOf(person), from) || (creator === true && room?.by === person.id)
}

/** @throws ChatError sign-in, not-allowed */
export function permit({ person }: Pick<Caller, 'person'>, right: Right, room?: { id: string; by?: Room['by'] }): void {
  if (!may(person, right, room)) throw new ChatError(person === null ? 'sign-in' : 'not-allowed')
}

/** The caller's person. @throws ChatError sign-in for a guest */
export function personOf({ person }: Pick<Caller, 'person'>): Person {
  if (!person) throw new ChatError('sign-in')
  return person
}

/** Guests may enter the lobby only. Whether the room admits a person is not asked here. @throws ChatError sign-in */
export const refuseGuestsIn = (caller: Caller, room: string): void => permit(caller, 'enter a room', { id: room })

/**
 * Refuses to show that somebody is typing who could not write there, as far as that is known here.
 * @throws ChatError blocked, room-closed, read-only
 */
export function refuseTyping({ restrictionOf }: Hub, { person }: Pick<Caller, 'person'>, id: string): void {
  const { room, isSilent = false } = restrictionOf(id) ?? {}
  if (isSilent) throw new ChatError('blocked')
  if (room?.archived) throw new ChatError('room-closed')
  if (room?.readOnly && !may(person, 'moderate a room', room)) throw new ChatError('read-only')
}

/** Whether the caller moderates the chat, or created the room. @throws ChatError no-room; StoreUnavailable */
export async function moderates(
  { directory }: Hub,
  { person }: Pick<Caller, 'person'>,
  room: string
): Promise<boolean> {
  if (!person) return false
  return may(person, 'moderate a room') || may(person, 'moderate a room', await directory.find(room))
}

export const roleOf = ({ role, moderator }: Person): Role => role ?? (moderator ? 'moderator' : 'visitor')
