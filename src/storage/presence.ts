// Who is here, kept as leases: each instance owns one, for all its rooms, that expires by itself when the instance dies. Writing a
// lease again changes nothing, so retries are harmless; there is no counter that could drift. One file per maker beside this one.
import type { Present } from '../contract.ts'

/** How long a lease lives without renewal, by the store's own clock. */
export const LEASE_MS = 16_000
/** Names kept per room and lease; the rest of a crowd is kept as keys alone. Guests are always named: their clients speak in names. */
export const NAMED_PEOPLE = 200

export interface LeaseRoom {
  /** Keys of all people of this instance in the room. */
  keys: string[]
  /** Who they are, as far as kept. */
  people: Present[]
}

export interface Lease {
  v: number
  /** Machine id; stays the same over restarts. */
  instance: string
  /** Random, made at each start. */
  boot: string
  region: string
  /** Counts this lease's changes; a jump in it says that a letter was lost. */
  version: number
  /** Draining: its people leave it when another lease names them, or when it expires. */
  moving: boolean
  rooms: Record<string, LeaseRoom>
}

export interface PresenceStore {
  /**
   * Writes this lease for `leaseMs` and returns every live lease, the own one included, in one request.
   * Removes other boots of the same instance when `sweep` is true (a starting machine's earlier lives).
   * @throws StoreAway
   */
  renew(lease: Lease, leaseMs: number, options?: { sweep?: boolean }): Promise<Lease[]>
  /** Every live lease, in one request. @throws StoreAway */
  world(): Promise<Lease[]>
  /** Ends the lease of this boot, and of no other. @throws StoreAway */
  release(instance: string, boot: string): Promise<void>
  close(): Promise<void>
}
