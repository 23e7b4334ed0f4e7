// The answer to `room:open`, packed.
import type { Message, Sync, WireEvent } from './messages.ts'
import {
  beginAfter,
  packEvents,
  packMessages,
  unpackEvents,
  unpackMessages,
  type PackedEvent,
  type PackedMessage
} from './packed-events.ts'
import type { Present, Room, RoomPeople } from './people.ts'

export interface Opened {
  sync: Sync<WireEvent>
  people: RoomPeople
  room: Room
}

/** The key and the name; and if they differ the region (0: that of the person before), since when idle (or 0), and 1 for a guest. */
type PackedPresent = [key: string, name: string, region?: string | 0, idleSince?: number, guest?: 1]

type PackedSync =
  | (Omit<Sync & { kind: 'events' }, 'events'> & { events: readonly PackedEvent[] })
  | (Omit<Sync & { kind: 'fresh' }, 'messages'> & { messages: readonly (PackedMessage | Message)[] })
/** Servers of an earlier version pack nothing. */
export interface PackedOpened extends Omit<Opened, 'sync' | 'people'> {
  sync: PackedSync
  people: Omit<RoomPeople, 'people'> & { people: readonly (PackedPresent | Present)[] }
}

/** What a list of consecutive items follows that ends at the cursor. */
const before = ({ cursor }: Pick<PackedSync, 'cursor'>, { length }: readonly unknown[]) => cursor.seq - length

export const packSync = (sync: Opened['sync']): PackedSync =>
  sync.kind === 'fresh'
    ? { ...sync, messages: packMessages(before(sync, sync.messages), sync.messages) }
    : { ...sync, events: packEvents(beginAfter(before(sync, sync.events)), sync.events) }

export function packPeople(people: readonly Present[]): PackedPresent[] {
  let last = ''
  return people.map(({ key, name, guest, region, idleSince = 0 }) => {
    const isThere = region === last
    last = region
    if (guest) return [key, name, isThere ? 0 : region, idleSince, 1]
    if (idleSince) return [key, name, isThere ? 0 : region, idleSince]
    return isThere ? [key, name] : [key, name, region]
  })
}

export function unpackOpened({ sync, people, room }: PackedOpened): Opened {
  return { sync: unpackSync(sync), people: { ...people, people: unpackPeople(people.people) }, room }
}

const unpackSync = (sync: PackedSync): Opened['sync'] =>
  sync.kind === 'fresh'
    ? { ...sync, messages: unpackMessages(before(sync, sync.messages), sync.messages) }
    : { ...sync, events: unpackEvents(beginAfter(before(sync, sync.events)), sync.events) }

function unpackPeople(people: PackedOpened['people']['people']): Present[] {
  let last = ''
  return people.map((one) => {
    if (!isPacked(one)) return one
    const [key, name, region = 0, idleSince, guest] = one
    if (region !== 0) last = region
    return { key, name, guest: guest === 1, region: last, ...(idleSince && { idleSince }) }
  })
}

const isPacked = (one: PackedPresent | Present): one is PackedPresent => Array.isArray(one)
