// Where leases are kept: the interface, and the store in memory. Each instance owns one lease for all its rooms; it expires by itself
// when the instance dies. Writing a lease again changes nothing, so retries are harmless, and there is no counter that could drift.
import { StoreUnavailable } from '../errors.ts'
import { endOfTurn } from '../log/turns.ts'
import { idOf, type Lease } from './lease.ts'

export interface PresenceStore {
  /**
   * Writes this lease for `leaseMs`, or ends it with 0, and returns every live lease as it was just before, in one atomic step and one
   * request. Whether the own lease is among them shows whether the store still knew what it had confirmed. A stored lease with a higher
   * version is left as it is, so a late write undoes nothing. Leases that this version can't read are left out.
   * With `sweep`, the machine's earlier boots are removed first, except those that are moving: their people are on their way, and
   * these leases expire by themselves. A swept boot is dead: without `sweep`, nothing is written beside a later boot of the same
   * machine, however late the write arrives.
   * @throws StoreUnavailable
   */
  renew(lease: Lease, leaseMs: number, options?: { sweep?: boolean }): Promise<Lease[]>
  close(): Promise<void>
}

/** Leases of a chat that is one process, or of tests. `now`: milliseconds by the store's clock. Written leases are never changed. */
export function createPresenceMemory(now: () => number = Date.now): PresenceStore {
  const stored = new Map<string, { lease: Lease; until: number }>()
  let closed = false

  return {
    async renew(lease, leaseMs, { sweep = false } = {}) {
      // Those who arrive in the same turn share the next write, which copies all people.
      await endOfTurn()
      if (closed) throw new StoreUnavailable('closed')
      const isOther = ({ instance, boot, moving }: Lease) =>
        instance === lease.instance && boot !== lease.boot && !moving
      for (const [id, one] of stored) if (one.until <= now() || (sweep && isOther(one.lease))) stored.delete(id)
      const before = [...stored.values()].map((one) => one.lease)
      const known = stored.get(idOf(lease))
      if (known ? known.lease.version <= lease.version : !before.some(isOther))
        stored.set(idOf(lease), { lease, until: now() + leaseMs })
      return before
    },

    async close() {
      closed = true
    }
  }
}
