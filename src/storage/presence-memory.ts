// Leases of a chat that is one process, or of tests. Ends with the process, like everybody in it.
import { readLeases, writeLease } from './lease-record.ts'
import type { Lease, PresenceStore } from './presence.ts'
import { StoreAway } from './store-away.ts'

interface Kept {
  instance: string
  boot: string
  version: number
  moving: boolean
  until: number
  /** As text, so that nobody shares an object with the store. */
  written: string
}

/** `now`: milliseconds by the store's clock. */
export function createPresenceMemory(now: () => number = Date.now): PresenceStore {
  const leases = new Map<string, Kept>()
  let closed = false

  function live(): Lease[] {
    if (closed) throw new StoreAway('closed')
    for (const [field, { until }] of leases) if (until <= now()) leases.delete(field)
    return readLeases([...leases.values()].map(({ written }) => written))
  }

  return {
    free: true,

    async renew(lease, leaseMs, { sweep = false } = {}) {
      live()
      if (sweep)
        for (const [field, { instance, boot, moving }] of leases)
          if (instance === lease.instance && boot !== lease.boot && !moving) leases.delete(field)
      const before = live()
      const { instance, boot, version, moving } = lease
      const field = `${instance}:${boot}`
      if ((leases.get(field)?.version ?? 0) <= version)
        leases.set(field, { instance, boot, version, moving, until: now() + leaseMs, written: writeLease(lease) })
      return before
    },

    async world() {
      return live()
    },

    async release(instance, boot) {
      live()
      leases.delete(`${instance}:${boot}`)
    },

    async close() {
      closed = true
    }
  }
}
