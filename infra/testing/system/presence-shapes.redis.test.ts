// Who counts as one, who as two, and how many is "about": over two instances as two regions, as clients hear it.
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { untilReady, type TestServer } from '../chat-server.ts'
import { asNative, closeClients, connectClient, connectNative, type TestClient } from '../clients.ts'
import { useCluster } from '../cluster.fixture.ts'
import { faster } from '../presence-simulation.ts'
import { until } from '../until.ts'
import type { PresenceTiming } from '../../../src/presence/presence.ts'
import { LOBBY, type PeopleChanged, type RoomPeople, type RoomTotals } from '../../../src/contract.ts'

/** Claim after claim comes and goes here in seconds: a storm that would be slowed down. Clients of a busy machine take their time. */
const timing = { ...faster(10), writeGapMs: 10, leaseMs: 4_000 }
const AWKWARD = ['123', 'true', 'null', '__proto__', '007', '1e3', '{"a":1}', '😀'.repeat(200), 'Ana', 'ana', 'AnA']

const cluster = useCluster()
let waw: TestServer
let ord: TestServer
/** Where one is idle after half a second. */
let nrt: TestServer
beforeAll(async () => {
  ;[waw, ord, nrt] = await Promise.all([start('waw'), start('ord'), start('nrt', { idleAfterMs: 500 })])
  await untilReady(waw, ord, nrt)
})
afterEach(async () => {
  closeClients()
  for (const { url } of [waw, ord]) await expect.poll(() => count(url), { timeout: 20_000 }).toBe(0)
})

const start = (region: string, more: Partial<PresenceTiming> = {}) =>
  cluster.start(`test${region}`, { region, presenceTiming: { ...timing, ...more } })

async function presence(url: string) {
  return (await (await fetch(`${url}/api/presence`)).json()) as { everywhere: RoomTotals; lobby: RoomTotals }
}
const count = async (url: string) => (await presence(url)).lobby.count

async function look(client: TestClient): Promise<RoomPeople> {
  const reply = await client.ask<{ people: RoomPeople }>('room:open', { room: LOBBY })
  if (!reply.ok) throw new Error(reply.reason)
  return reply.value.people
}

async function again(url: string, token: string) {
  const client = await connectClient(url, asNative(token))
  return { client, people: await look(client) }
}

async function guest(url: string, name: string) {
  const client = await connectClient(url, { transports: ['websocket'] })
  client.emit('add-user', name)
  return { client, ...(await client.next<{ numUsers: number }>('login')) }
}

describe('one person', () => {
  it('on a phone in one region and at a laptop in another is one everywhere, and is where they still are', async () => {
    const bo = await connectNative(ord.url, 'Bo')
    await look(bo)
    const phone = await connectNative(waw.url, 'Ana')
    await look(phone)
    const { key } = phone.person
    await bo.next<PeopleChanged>('people:changed', ({ joined }) => joined.some((who) => who.key === key))
    const laptop = await again(ord.url, phone.session.token)
    expect(laptop.people.count).toBe(2)
    await expect.poll(() => count(waw.url)).toBe(2)
    const { client: listener, numUsers } = await guest(waw.url, 'Gus')
    expect(numUsers).toBe(3)

    for (const { url } of [waw, ord])
      await expect.poll(async () => (await presence(url)).lobby.regions).toEqual({ ord: 2, waw: 1 })
    laptop.client.close()
    for (const { url } of [waw, ord])
      await expect.poll(async () => (await presence(url)).lobby.regions).toEqual({ waw: 2, ord: 1 })
    await expect.poll(() => bo.all<PeopleChanged>('people:changed').at(-1)?.totals.regions).toEqual({ waw: 2, ord: 1 })
    expect((await presence(ord.url)).everywhere).toEqual({ count: 3, about: false, regions: { waw: 2, ord: 1 } })
    phone.close()
    expect(await listener.next('user-left')).toEqual({ username: 'Ana', numUsers: 2 })
    expect(listener.all('user-left')).toHaveLength(1)
  })

  it('learns names over HTTP only of a room they are in, on whichever instance they ask', async () => {
    const ana = await connectNative(waw.url, 'Asks')
    await look(ana)
    const headers = { authorization: `Bearer ${ana.session.token}` }
    const ask = async (room: string) =>
      (await (await fetch(`${ord.url}/api/presence?room=${room}`, { headers })).json()) as { people?: unknown[] }
    await expect.poll(async () => (await ask(LOBBY)).people?.length, { timeout: 5_000 }).toBe(1)
    expect(await ask('nowhere')).toEqual({ count: 0, about: false, regions: {} })
  })

  it('who gives no sign of life is shown as idle everywhere, until they touch their page', async () => {
    const bo = await connectNative(ord.url, 'Watches')
    await look(bo)
    const ana = await connectNative(nrt.url, 'Idles')
    await look(ana)
    const told = (idle: boolean) => (change: PeopleChanged) =>
      (change.changed ?? []).some(({ key, idleSince }) => key === ana.person.key && (idleSince !== undefined) === idle)
    const { changed = [] } = await bo.next<PeopleChanged>('people:changed', told(true))
    expect((changed[0]?.idleSince ?? -1) % 60_000).toBe(0)
    // Again and again: half a second later she is idle once more, which may be before the next renewal says anything.
    await until('Bo to be told that she is back', async () => {
      expect(await ana.ask('person:active')).toEqual({ ok: true, value: null })
      return bo.all<PeopleChanged>('people:changed').some(told(false))
    })
    const seen = bo.all<PeopleChanged>('people:changed').flatMap(({ joined, left }) => [...joined, ...left])
    expect(seen.filter(({ key }) => key === ana.person.key)).toHaveLength(1)
  })

  it('hears which region answers, and how far it is', async () => {
    const ana = await connectNative(ord.url, 'Pings')
    expect(await ana.ask('region:ping')).toEqual({ ok: true, value: { region: 'ord', instance: 'testord' } })
  })
})

describe('several', () => {
  it('names never change and never merge: in the list, in words, and in numbers', async () => {
    const bo = await connectNative(ord.url, 'Bea')
    await look(bo)
    const { client: listener } = await guest(ord.url, 'listener')
    for (const [n, name] of AWKWARD.entries()) {
      const { numUsers } = await guest(n % 2 ? ord.url : waw.url, name)
      expect([name, numUsers]).toEqual([name, n + 3])
      expect(await listener.next('user-joined')).toEqual({ username: name, numUsers: n + 3 })
    }
    const everyone = ['Bea', 'listener', ...AWKWARD].toSorted()
    const names = ({ people }: RoomPeople) => people.map(({ name }) => name).toSorted()
    expect(names(await look(bo))).toEqual(everyone)
    const late = await connectNative(waw.url, 'late')
    expect(names(await look(late))).toEqual([...everyone, 'late'].toSorted())
  })

  it('thirty guests of one name who come back to two instances at once stay thirty, and are not seen', async () => {
    const { client: listener } = await guest(ord.url, 'listener')
    const strays = await Promise.all(Array.from({ length: 30 }, () => guest(nrt.url, 'User')))
    await expect.poll(() => count(ord.url)).toBe(31)
    const before = listener.received.length
    const stopped = nrt.stop()
    await Promise.all(strays.map(({ client }) => client.next('(disconnect)')))
    const back = await Promise.all(Array.from({ length: 30 }, (_, n) => guest(n % 2 ? waw.url : ord.url, 'User')))
    // Until those who were given one key by both have been told apart.
    for (const { url } of [waw, ord]) await expect.poll(() => count(url), { timeout: 5_000 }).toBe(31)
    await stopped
    await wait(timing.leaseMs + timing.renewMs)
    for (const { url } of [waw, ord]) expect(await count(url)).toBe(31)
    expect(listener.received.slice(before)).toEqual([])
    for (const { client } of back) client.close()
    await expect.poll(() => listener.all('user-left').length, { timeout: 5_000 }).toBe(30)
    expect(listener.all<{ numUsers: number }>('user-left').map(({ numUsers }) => numUsers)).toContain(1)
  })
})
