// What the versions of the native protocol receive differently.
import {
  OLDEST_WIRE_VERSION,
  WIRE_VERSION,
  olderReasons,
  packPeople,
  packSync,
  type Opened,
  type PackedOpened,
  type Present,
  type Reason,
  type Refusal,
  type Room,
  type RoomEvent,
  type RoomPeople,
  type Sync,
  type WireEvent
} from '../contract.ts'
import type { ChatError } from '../errors.ts'
import { compactEvents } from './compact-events.ts'
import type { CursorProofs } from './cursor-proofs.ts'
import { encodeOnce } from './encodings.ts'

/** The first version with `ChangeEvent`s and packed lists. */
const COMPACT_EVENTS_SINCE = 2
/** The first version with the reason `store-full`. */
const STORE_FULL_SINCE = 2

/** Every version that the server accepts, oldest first. */
export const versions: readonly number[] = Array.from(
  { length: WIRE_VERSION - OLDEST_WIRE_VERSION + 1 },
  (_, n) => OLDEST_WIRE_VERSION + n
)

export const eventsFor = (version: number, events: RoomEvent[]): WireEvent[] =>
  version < COMPACT_EVENTS_SINCE ? events : compactEvents(events)

/** The first version whose lists name an author once. */
const NAMES_ONCE_SINCE = 3

/** How live events are packed. */
export const packing = (version: number) => ({ namesOnce: version >= NAMES_ONCE_SINCE })

/** Whether live events come as `room:+`. */
export const isPacked = (version: number): boolean => version >= COMPACT_EVENTS_SINCE

/** The first version whose answer to `room:open` is packed. */
const OPENED_PACKED_SINCE = 4

/** The answer to `room:open` in each version. What many clients get is made and encoded once for all of them. */
export function createOpenAnswers(proofs: Pick<CursorProofs, 'of'>) {
  const syncs = new Map(versions.map((version) => [version, new WeakMap<Sync, SentOpened['sync']>()]))
  const packedPeople = new WeakMap<Present[], PackedOpened['people']['people']>()

  function syncFor(version: number, room: string, sync: Sync): SentOpened['sync'] {
    const cursor = { ...sync.cursor, proof: proofs.of(room, sync.cursor) }
    const sent = sync.kind === 'fresh' ? sync : { ...sync, events: eventsFor(version, sync.events) }
    return version < OPENED_PACKED_SINCE ? { ...sent, cursor } : packSync({ ...sent, cursor })
  }

  const peopleFor = (version: number, people: Present[]) =>
    version < OPENED_PACKED_SINCE ? encodeOnce(people) : once(packedPeople, people, () => packPeople(people))

  return (version: number, { sync, people, room }: { sync: Sync; people: RoomPeople; room: Room }): SentOpened => ({
    sync: once(syncs.get(version), sync, () => syncFor(version, room.id, sync)),
    room,
    people: { ...people, people: peopleFor(version, people.people) }
  })
}
export type OpenAnswers = ReturnType<typeof createOpenAnswers>
export type SentOpened = Opened | PackedOpened

function once<K extends object, T extends object>(made: WeakMap<K, T> | undefined, of: K, make: () => T): T {
  const known = made?.get(of)
  if (known) return known
  const encoded = encodeOnce(make())
  made?.set(of, encoded)
  return encoded
}

/** A refusal as a client of this version reads it. */
export function sentRefusal({ reason, retryAfterMs, suggestion, why }: ChatError, version: number): Refusal {
  return {
    ok: false,
    reason: knownReason(reason, version),
    ...(reason in olderReasons && { detail: reason }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(suggestion !== undefined && { suggestion }),
    ...(why !== undefined && { why })
  }
}

/** A client can't show a reason that its version lacks, so it gets the nearest one. At `unavailable` it tries again by itself. */
export const knownReason = (reason: Reason, version: number): Reason =>
  reason === 'store-full' && version < STORE_FULL_SINCE ? 'unavailable' : (olderReasons[reason] ?? reason)
