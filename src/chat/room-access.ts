// Who may see what of a room. Everything that reads a room passes here: opening, paging, names, people. Writing is checked again by the
// store, in the step that writes.
import { LOBBY, isOpen, type Cursor, type Page, type Room, type RoomEvent, type Sync } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { Member, RoomRecord } from '../log/message-log.ts'
import type { Caller } from './announcement.ts'
import type { Hub } from './hub.ts'

/** `from`: the caller sees what came after this seq. 0: all of the room. */
export interface Access {
  room: Room
  members: Member[]
  from: number
  /** The seq of the event by which the caller has become a member. */
  since: number
  /** Where the log of a private room ended when this was read: whatever was in it then may be seen. */
  head: Cursor | null
}

/**
 * For a private room this reads the store, after the call: somebody who is removed at this moment is refused on every instance. To
 * strangers the room does not exist.
 * @throws ChatError sign-in: guests know the lobby only; no-room; StoreUnavailable
 */
export async function authorize(hub: Hub, { person }: Caller, id: string): Promise<Access> {
  if (!person && id !== LOBBY) throw new ChatError('sign-in')
  if (!person || isOpen(id)) return { room: await hub.directory.find(id), members: [], from: 0, since: 0, head: null }
  const { room, members, head } = await hub.reads.room(id)
  const since = members.find((one) => one.id === person.id)?.since
  if (since === undefined) throw new ChatError('no-room')
  return { room, members, from: seenFrom({ room, members }, person.id), since, head }
}

/** The seq after which a member sees the room. */
export const seenFrom = ({ room, members }: Pick<RoomRecord, 'room' | 'members'>, person: string): number =>
  room.history ? 0 : (members.find(({ id }) => id === person)?.since ?? Infinity)

/**
 * Reads something of a room for the caller. Of a private room the answer may already contain what came after the caller's removal, so
 * the right to see it is checked once more when it is there.
 * @throws as `authorize`
 */
export async function readAs<T>(hub: Hub, caller: Caller, id: string, read: () => Promise<T>): Promise<[T, Access]> {
  if (isOpen(id)) {
    const access = await authorize(hub, caller, id)
    return [await read(), access]
  }
  const answer = await read()
  return [answer, await authorize(hub, caller, id)]
}

/** The part of a page that may be seen. */
export function pageFrom<P extends Page>(page: P, from: number): P {
  const messages = page.messages.filter(({ seq }) => seq > from)
  return messages.length === page.messages.length ? page : { ...page, messages, older: false }
}

/** What may be seen of a sync; null when its events begin earlier, so that the caller needs a fresh start. */
export function syncFrom(sync: Sync, after: number, from: number): Sync | null {
  if (from === 0) return sync
  if (sync.kind === 'fresh') return pageFrom(sync, from)
  return after < from ? null : { ...sync, events: eventsFrom(sync.events, from) }
}

/** Earlier changes of members, and changes of messages that may not be seen, take their place in the order, and show nothing. */
export function eventsFrom(events: readonly RoomEvent[], from: number): RoomEvent[] {
  const isSeen = ({ kind, seq, message }: RoomEvent) => (kind === 'member' ? seq >= from : message.seq > from)
  return events.map((event) => (isSeen(event) ? event : veiled(event)))
}

function veiled({ v, seq, id, at }: RoomEvent): RoomEvent {
  const by = { id: null, name: '' }
  const message = { id: '', seq: 0, rev: seq, at, by, text: '', removed: true as const }
  // Clients ignore kinds that they do not know.
  return { v, seq, kind: 'veiled' as RoomEvent['kind'], id, at, by, message }
}
