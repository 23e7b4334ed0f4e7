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

/** Every version that the server speaks, oldest first. */
export const versions: readonly number[] = [OLDEST_WIRE_VERSION, WIRE_VERSION]

/** The version to speak with a client of this one. */
export const versionFor = (version: number) => versions.findLast((each) => each <= version) ?? OLDEST_WIRE_VERSION

/** The first version with `ChangeEvent`s, packed lists and answers, and the reason `store-full`. */
const PACKED_SINCE = 5
export const isPacked = (version: number): boolean => version >= PACKED_SINCE

export const eventsFor = (version: number, events: RoomEvent[]): WireEvent[] =>
  isPacked(version) ? compactEvents(events) : events

/** The answer to `room:open` in each version. What many clients get is made and encoded once for all of them. */
export function createOpenAnswers(proofs: Pick<CursorProofs, 'of'>) {
  const syncs = new Map(versions.map((version) => [version, new WeakMap<Sync, SentOpened['sync']>()]))
  const packedPeople = new WeakMap<Present[], PackedOpened['people']['people']>()

  function syncFor(version: number, room: string, sync: Sync): SentOpened['sync'] {
    const cursor = { ...sync.cursor, proof: proofs.of(room, sync.cursor) }
    const sent = sync.kind === 'fresh' ? sync : { ...sync, events: eventsFor(version, sync.events) }
    return isPacked(version) ? packSync({ ...sent, cursor }) : { ...sent, cursor }
  }

  const peopleFor = (version: number, people: Present[]) =>
    isPacked(version) ? once(packedPeople, people, () => packPeople(people)) : encodeOnce(people)

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
  reason === 'store-full' && !isPacked(version) ? 'unavailable' : (olderReasons[reason] ?? reason)
