// Who is here, kept as leases: each instance owns one, for all its rooms, that expires by itself when the instance dies. Writing a
// lease again changes nothing, so retries are harmless; there is no counter that could drift. One file per maker beside this one.
import type { Present } from '../contract.ts'

/** How long a lease lives without renewal, by the store's own clock. */
export const LEASE_MS = 16_000
/** Version of the lease. From 2 on, readers look for a name in all rooms of a lease, not only in the room that they read. */
export const LEASE_VERSION = 2
/** Names kept per room and lease; the others are kept as keys alone. Guests are always named: their clients speak in names. */
export const NAMED_PEOPLE = 200
/** A room with more people of one instance than this is kept as a number, and its total is a sum instead of a union. */
export const CROWD_PEOPLE = 5_000

export interface LeaseRoom {
  /** How many people this instance has in the room. */
  count: number
  /** Their keys; empty in a crowd. */
  keys: string[]
  /** Who they are, as far as kept here. A name that stands in another room of the lease holds for this one as well. */
  people: Present[]
}

export interface Lease {
  v: number
  /** Machine id; stays the same over restarts. */
  instance: string
  /** Random, made at each start. */
  boot: string
  region: string
  /** Counts this lease's changes. A higher one is newer, whatever the order of arrival. */
  version: number
  /** Draining: its people leave it when another lease names them, or when it expires. */
  moving: boolean
  rooms: Map<string, LeaseRoom>
}

export interface PresenceStore {
  /** Asking costs nothing and reaches nobody: the store is in this process. */
  readonly free?: true
  /**
   * Writes this lease for `leaseMs` and returns every live lease as it stood just before, in one atomic step and one request. The
   * own one among them, or its absence, tells whether the store still knew what it had confirmed. A lease that the store
   * holds with a higher version is left as it is: a write that comes late undoes nothing.
   * With `sweep`, other boots of the same instance are removed first (a machine's earlier lives), except those that are moving:
   * their people are on the way, and their leases end by themselves. A boot that was swept is dead: without `sweep`, nothing is
   * written beside a later boot of the same machine, however late the write arrives.
   * @throws StoreUnavailable
   */
  renew(lease: Lease, leaseMs: number, options?: { sweep?: boolean }): Promise<Lease[]>
  /** Every live lease, in one request. Those this version can't read are left out. @throws StoreUnavailable */
  world(): Promise<Lease[]>
  /** Ends the lease of this boot, and of no other. @throws StoreUnavailable */
  release(instance: string, boot: string): Promise<void>
  close(): Promise<void>
}
