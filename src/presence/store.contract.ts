// What every store of leases promises. Each store runs this suite against the real thing.
import { beforeEach, describe, expect, it } from 'vitest'
import { endLease, leasesIn } from '../../infra/testing/presence-simulation.ts'
import type { Present } from '../contract.ts'
import type { Lease, LeaseRoom } from './lease.ts'
import type { PresenceStore } from './store.ts'
import { StoreUnavailable } from '../errors.ts'

const LEASE_MS = 60_000
/** Long enough for a request, short enough to wait for where the store has its own clock. */
export const SHORT_LEASE_MS = 1_000

const NAMES = [
  '123',
  'true',
  'null',
  '{"a":1}',
  '__proto__',
  'constructor',
  '"',
  '\\',
  '\n',
  'ł',
  '😀'.repeat(200),
  '\u0000',
  '%s 1 2'
]

/** `open` opens another client of the same store each time; `pass` moves the store's clock. */
export function presenceContract(
  name: string,
  place: { open(): PresenceStore | Promise<PresenceStore>; clear(): Promise<void>; pass(ms: number): Promise<void> }
) {
  describe(`leases in ${name}`, () => {
    let store: PresenceStore
    beforeEach(async () => {
      await place.clear()
      store = await place.open()
    })
    const instances = async () => (await leasesIn(store)).map(({ instance, boot }) => `${instance} ${boot}`).toSorted()

    it('a written lease reads the same everywhere', async () => {
      const written = lease('east', 'one', { version: 7, moving: true, rooms: [['lobby', room('Ana', 'Bo')]] })
      await store.renew(written, LEASE_MS)
      expect(await leasesIn(store)).toEqual([written])
      expect(await leasesIn(await place.open())).toEqual([written])
    })

    it('no name changes its type or collides with another', async () => {
      const written = lease('east', 'one', {
        rooms: [
          ['lobby', room(...NAMES)],
          ['constructor', room('Ana')],
          ['123', { count: 6_000, keys: [], people: [] }]
        ]
      })
      await store.renew(written, LEASE_MS)
      expect(await leasesIn(store)).toEqual([written])
    })

    it('writing again changes nothing but the time', async () => {
      const written = lease('east', 'one', { rooms: [['lobby', room('Ana')]] })
      for (let n = 0; n < 3; n += 1) await store.renew(written, LEASE_MS)
      expect(await leasesIn(store)).toEqual([written])
    })

    it('a renewal returns the leases as they were before it, its own included', async () => {
      const first = lease('east', 'one', { version: 1 })
      const other = lease('west', 'two')
      expect(await store.renew(first, LEASE_MS)).toEqual([])
      expect(await store.renew(other, LEASE_MS)).toEqual([first])
      const found = await store.renew(lease('east', 'one', { version: 2 }), LEASE_MS)
      expect(found.toSorted((a, b) => a.instance.localeCompare(b.instance))).toEqual([first, other])
    })

    it('an older version never overwrites a newer one', async () => {
      const newer = lease('east', 'one', { version: 5, rooms: [['lobby', room('Ana')]] })
      await store.renew(newer, LEASE_MS)
      expect(await store.renew(lease('east', 'one', { version: 4 }), LEASE_MS)).toEqual([newer])
      expect(await leasesIn(store)).toEqual([newer])
      const tenth = lease('east', 'one', { version: 10 })
      await store.renew(tenth, LEASE_MS)
      expect(await leasesIn(store)).toEqual([tenth])
    })

    it('a lease that is not renewed expires, and no other with it', async () => {
      await store.renew(lease('east', 'one'), SHORT_LEASE_MS)
      await store.renew(lease('west', 'two'), LEASE_MS)
      expect(await instances()).toEqual(['east one', 'west two'])
      await place.pass(SHORT_LEASE_MS)
      expect(await instances()).toEqual(['west two'])
      expect(await store.renew(lease('east', 'one'), LEASE_MS)).toEqual([lease('west', 'two')])
      expect(await instances()).toEqual(['east one', 'west two'])
    })

    it('a renewal restarts the lifetime', async () => {
      await store.renew(lease('east', 'one'), SHORT_LEASE_MS)
      await store.renew(lease('east', 'one'), LEASE_MS)
      await place.pass(SHORT_LEASE_MS)
      expect(await instances()).toEqual(['east one'])
    })

    it('a sweep removes earlier boots of the machine, except moving ones, and no other machine', async () => {
      await store.renew(lease('east', 'two', { moving: true }), LEASE_MS)
      await store.renew(lease('east', 'one'), LEASE_MS)
      await store.renew(lease('east2', 'one'), LEASE_MS)
      await store.renew(lease('eas', 'one'), LEASE_MS)
      const found = await store.renew(lease('east', 'three'), LEASE_MS, { sweep: true })
      expect(found.map(({ boot }) => boot).toSorted()).toEqual(['one', 'one', 'two'])
      expect(await instances()).toEqual(['eas one', 'east three', 'east two', 'east2 one'])
      await store.renew(lease('east', 'three'), LEASE_MS, { sweep: true })
      expect(await instances()).toEqual(['eas one', 'east three', 'east two', 'east2 one'])
    })

    it('a boot that was swept does not come back beside its successor, moving or not', async () => {
      await store.renew(lease('east', 'one', { version: 3 }), LEASE_MS, { sweep: true })
      await store.renew(lease('east', 'two'), LEASE_MS, { sweep: true })
      const found = await store.renew(lease('east', 'one', { version: 4 }), LEASE_MS)
      expect(found).toEqual([lease('east', 'two')])
      await store.renew(lease('east', 'one', { version: 5, moving: true }), LEASE_MS)
      expect(await instances()).toEqual(['east two'])
    })

    it('a lease whose field was forgotten is written again, also beside an earlier boot that moves', async () => {
      await store.renew(lease('east', 'one', { moving: true }), LEASE_MS)
      await store.renew(lease('east', 'two', { version: 3 }), LEASE_MS)
      expect(await instances()).toEqual(['east one', 'east two'])
    })

    it('releasing ends the lease of this boot and no other, once or twice', async () => {
      await store.renew(lease('east', 'one', { moving: true }), LEASE_MS)
      await store.renew(lease('east', 'two'), LEASE_MS)
      await endLease(store, 'east', 'one')
      await endLease(store, 'east', 'one')
      await endLease(store, 'nobody', 'none')
      expect(await instances()).toEqual(['east two'])
    })

    it('a late write of a dead boot does not touch its successor', async () => {
      await store.renew(lease('east', 'two', { version: 1, rooms: [['lobby', room('Ana')]] }), LEASE_MS)
      await store.renew(lease('east', 'one', { version: 9 }), SHORT_LEASE_MS)
      await endLease(store, 'east', 'one')
      expect(await leasesIn(store)).toEqual([lease('east', 'two', { version: 1, rooms: [['lobby', room('Ana')]] })])
    })

    it('two instances that write at once are both kept', async () => {
      const clients: PresenceStore[] = []
      while (clients.length < 8) clients.push(await place.open())
      await Promise.all(clients.map((client, n) => client.renew(lease(`place${n}`, 'one'), LEASE_MS)))
      expect(await instances()).toEqual(clients.map((_, n) => `place${n} one`))
    })

    it('a closed store throws StoreUnavailable', async () => {
      const client = await place.open()
      await client.close()
      await expect(leasesIn(client)).rejects.toThrow(StoreUnavailable)
      await expect(client.renew(lease('east', 'one'), LEASE_MS)).rejects.toThrow(StoreUnavailable)
      await expect(endLease(client, 'east', 'one')).rejects.toThrow(StoreUnavailable)
    })
  })
}

export function lease(
  instance: string,
  boot: string,
  more: { version?: number; moving?: boolean; rooms?: [string, LeaseRoom][] } = {}
): Lease {
  const { version = 1, moving = false, rooms = [] } = more
  return { v: 1, instance, boot, region: 'here', version, moving, rooms: new Map(rooms) }
}

function room(...names: string[]): LeaseRoom {
  const people = names.map((name): Present => ({ key: name, name, guest: name !== 'Ana', region: 'here' }))
  return { count: people.length, keys: names, people }
}
