// Leases of a chat that is one process, or of tests. Ends with the process, like everybody in it.
import type { Lease, PresenceStore } from './store.ts'
import { StoreUnavailable } from '../errors.ts'

/** `now`: milliseconds by the store's clock. Leases are handed on as they are: nobody changes one that was written. */
export function createPresenceMemory(now: () => number = Date.now): PresenceStore {
  const kept = new Map<string, { lease: Lease; until: number }>()
  let closed = false

  function live(): Lease[] {
    if (closed) throw new StoreUnavailable('closed')
    for (const [field, { until }] of kept) if (until <= now()) kept.delete(field)
    return [...kept.values()].map(({ lease }) => lease)
  }

  return {
    free: true,

    async renew(lease, leaseMs, { sweep = false } = {}) {
      const isOther = ({ instance, boot, moving }: Lease) =>
        instance === lease.instance && boot !== lease.boot && !moving
      if (sweep) for (const dead of live().filter(isOther)) kept.delete(fieldOf(dead))
      const before = live()
      const known = kept.get(fieldOf(lease))
      const isNews = known ? known.lease.version <= lease.version : !before.some(isOther)
      if (isNews) kept.set(fieldOf(lease), { lease, until: now() + leaseMs })
      return before
    },

    async world() {
      return live()
    },

    async release(instance, boot) {
      live()
      kept.delete(fieldOf({ instance, boot }))
    },

    async close() {
      closed = true
    }
  }
}

const fieldOf = ({ instance, boot }: Pick<Lease, 'instance' | 'boot'>) => `${instance}:${boot}`
