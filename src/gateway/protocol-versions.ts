// What the versions of the native protocol receive differently.
import {
  OLDEST_WIRE_VERSION,
  WIRE_VERSION,
  olderReasons,
  type Reason,
  type Refusal,
  type RoomEvent,
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

/** What clients of a version receive of a room's events, with the proof of its cursor: made and encoded once for all who get the same. */
export function createSyncs(proofs: Pick<CursorProofs, 'of'>) {
  const made = new Map(versions.map((version) => [version, new WeakMap<Sync, SentSync>()]))

  return function syncFor(version: number, room: string, sync: Sync): SentSync {
    const known = made.get(version)?.get(sync)
    if (known) return known
    const cursor = { ...sync.cursor, proof: proofs.of(room, sync.cursor) }
    const sent = sync.kind === 'fresh' ? sync : { ...sync, events: eventsFor(version, sync.events) }
    const withProof = encodeOnce({ ...sent, cursor })
    made.get(version)?.set(sync, withProof)
    return withProof
  }
}
export type Syncs = ReturnType<typeof createSyncs>
type SentSync = Sync<WireEvent>

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
