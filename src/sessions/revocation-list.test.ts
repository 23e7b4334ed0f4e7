import { expect, test } from 'vitest'
import { ALL_TOKENS, REVOCATIONS_KEPT_MS, type Revocation, type RevocationStore } from './store.ts'
import { StoreUnavailable } from '../errors.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import type { BusMessage, Bus } from '../bus/messages.ts'
import { createRevocationList } from './revocation-list.ts'

/** A store and a bus that several instances share, each of which can be cut off. */
function openSimulation() {
  const clock = standingClock(Date.UTC(2026, 0, 1))
  const stored: Revocation[] = []
  const recording = new Set<(message: BusMessage) => void>()
  const reads = { count: 0 }

  function instance() {
    const state = { store: true, bus: true, silent: false }
    const received: Revocation[] = []
    const sent: BusMessage[] = []
    const errors: unknown[] = []
    const whenReached = async () => {
      if (state.silent) await new Promise(() => {})
      if (!state.store) throw new StoreUnavailable('test')
    }
    const store: RevocationStore = {
      async add(revocation) {
        await whenReached()
        stored.push(revocation)
      },
      async list(after) {
        reads.count += 1
        await whenReached()
        const from = Number(after ?? 0)
        const revocations = stored.slice(from, from + 2)
        return { revocations, place: `${from + revocations.length}`, more: revocations.length === 2 }
      }
    }
    const bus: Bus = {
      isReceiving: true,
      send(message) {
        sent.push(message)
        if (state.bus) for (const receive of recording) if (receive !== own) receive(message)
      },
      onMessage(listen) {
        own = (message) => {
          if (state.bus) listen(message)
        }
        recording.add(own)
      }
    }
    let own: (message: BusMessage) => void = () => {}
    const list = createRevocationList({ store, bus, clock, onError: (cause) => void errors.push(cause) })
    list.onRevoked((revocation) => void received.push(revocation))
    return { list, state, received, sent, errors }
  }
  const say = (message: BusMessage) => recording.forEach((receive) => receive(message))
  return { clock, stored, reads, instance, say }
}

const whole = { session: 's', before: ALL_TOKENS }

test('a revocation is stored, sent on the bus, and known everywhere, once', async () => {
  const { instance, stored } = openSimulation()
  const [one, two] = [instance(), instance()]
  await one.list.revoke(whole)
  await one.list.revoke(whole)
  await Promise.all([one, two].map(({ list }) => list.refresh()))
  expect(stored).toEqual([whole])
  expect(one.sent).toEqual([{ v: expect.any(Number), kind: 'revoked', ...whole }])
  expect([one.received, two.received]).toEqual([[whole], [whole]])
})

test('a later time counts and an earlier one changes nothing, in whatever order they come', async () => {
  const { instance } = openSimulation()
  const { list, received } = instance()
  const at = (issuedAt: number) => list.isRevoked({ id: 's', issuedAt })
  for (const before of [5, 3, 7]) await list.revoke({ session: 's', before })
  expect(received.map(({ before }) => before)).toEqual([5, 7])
  expect([await at(6), await at(7), await list.isRevoked({ id: 'another', issuedAt: 0 })]).toEqual([true, false, false])
  await list.revoke(whole)
  await list.revoke({ session: 's', before: 9 })
  expect(await at(Date.now())).toBe(true)
})

test('a sign-out of the previous build counts', async () => {
  const { instance, say } = openSimulation()
  const { list } = instance()
  say({ v: 1, kind: 'signed-out', person: 'p', session: 's' })
  expect(await list.isRevoked({ id: 's', issuedAt: Date.now() })).toBe(true)
})

test('an instance that was cut off from the bus learns it from the store', async () => {
  const { instance, clock } = openSimulation()
  const [one, two] = [instance(), instance()]
  await two.list.ready()
  two.state.bus = false
  for (const session of ['a', 'b', 'c', 's']) await one.list.revoke({ session, before: ALL_TOKENS })
  expect(two.list.revokedBefore('s')).toBe(0)
  // Nobody asks it to refresh: the first token that comes when the list is old does.
  await clock.advance(30_001)
  expect(await two.list.isRevoked({ id: 's', issuedAt: Date.now() })).toBe(true)
  expect(two.received).toHaveLength(4)
})

test('an instance that learns where the store ends reads only what is new, and believes its list for as long as after a read', async () => {
  const { instance, clock, reads } = openSimulation()
  const [one, two] = [instance(), instance()]
  await two.list.ready()
  two.state.bus = false
  await one.list.revoke(whole)
  two.list.compare('1', clock.now())
  await clock.advance(30_000)
  expect([two.list.revokedBefore('s'), reads.count]).toEqual([ALL_TOKENS, 2])
  for (const end of ['1', '0', undefined]) two.list.compare(end, clock.now())
  await clock.advance(30_000)
  await two.list.ready()
  expect(reads.count).toBe(2)
})

test('a recent list is not read again for a token, and many tokens wait for one read', async () => {
  const { instance, clock, reads } = openSimulation()
  const { list } = instance()
  await Promise.all(Array.from({ length: 50 }, () => list.isRevoked({ id: 's', issuedAt: 1 })))
  await clock.advance(30_000)
  await list.isRevoked({ id: 's', issuedAt: 1 })
  expect(reads.count).toBe(1)
})

test('a whole session ends here at once while the store is unavailable, is not confirmed, and is stored later', async () => {
  const { instance, stored, clock } = openSimulation()
  const { list, state, received } = instance()
  await list.ready()
  state.store = false
  await expect(list.revoke(whole)).rejects.toThrow(StoreUnavailable)
  expect(received).toEqual([whole])
  await expect(list.revoke(whole)).rejects.toThrow(StoreUnavailable)
  await list.refresh()
  expect(stored).toEqual([])
  state.store = true
  await clock.advance(10_000)
  await list.refresh()
  expect(stored).toEqual([whole])
  await list.refresh()
  await list.revoke(whole)
  expect(stored).toEqual([whole])
})

test('a rename that can’t be stored changes nothing', async () => {
  const { instance } = openSimulation()
  const { list, state, received, sent } = instance()
  state.store = false
  await expect(list.revoke({ session: 's', before: 5 })).rejects.toThrow(StoreUnavailable)
  expect([received, sent, list.revokedBefore('s')]).toEqual([[], [], 0])
})

test('a store that does not answer delays tokens for a second, once per outage, and is reported once', async () => {
  const { instance, clock, reads } = openSimulation()
  const { list, state, errors } = instance()
  state.silent = true
  const first = list.isRevoked({ id: 's', issuedAt: 1 })
  await clock.advance(1_000)
  expect(await first).toBe(false)
  expect(await list.isRevoked({ id: 's', issuedAt: 1 })).toBe(false)

  const failing = instance()
  failing.state.store = false
  for (let time = 0; time < 20; time += 1) {
    expect(await failing.list.isRevoked({ id: 's', issuedAt: 1 })).toBe(false)
    await clock.advance(500)
  }
  expect(failing.errors).toHaveLength(1)
  expect(errors).toHaveLength(0)
  // One of the silent instance; then one every two seconds.
  expect(reads.count).toBeLessThanOrEqual(1 + 6)
})

test('a revocation is forgotten when no token can be that old', async () => {
  const { instance, clock } = openSimulation()
  const { list } = instance()
  await list.revoke(whole)
  await clock.advance(REVOCATIONS_KEPT_MS)
  await list.refresh()
  expect(list.revokedBefore('s')).toBe(ALL_TOKENS)
  await clock.advance(1)
  await list.refresh()
  expect(list.revokedBefore('s')).toBe(0)
})
