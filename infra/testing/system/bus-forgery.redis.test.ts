// What somebody achieves who can write to the Redis of a chat: nothing that anyone on it sees.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TEST_SECRET, lookInto, type TestServer } from '../chat-server.ts'
import { connectClient, connectNative } from '../clients.ts'
import { useCluster } from '../cluster.fixture.ts'
import { LOBBY, newId } from '../../../src/contract.ts'
import { createEncryption } from '../../../src/bus/encryption.ts'

const STREAM = '{taifas}:letters'
const MINUTE_MS = 60_000

describe('an entry that somebody writes to the bus', () => {
  const cluster = useCluster()
  let server: TestServer
  let intruder: Awaited<ReturnType<typeof lookInto>>
  let ana: Awaited<ReturnType<typeof connectNative>>
  let guest: Awaited<ReturnType<typeof connectClient>>
  beforeAll(async () => {
    ;[server] = await cluster.startAll(['one'])
    intruder = await lookInto(cluster.redis.url)
    ana = await connectNative(server.url, 'Ana')
    await ana.ask('room:open', { room: LOBBY })
    guest = await connectClient(server.url)
  })
  afterAll(() => intruder.destroy())

  const everyone = { rooms: [], except: [], flags: {} }
  const broadcast = (rooms: string[], ...data: unknown[]) => ({
    type: '3',
    data: JSON.stringify({ opts: { ...everyone, rooms }, packet: { type: 2, data, nsp: '/' } })
  })
  const encrypted = (message: object, secret = TEST_SECRET) =>
    broadcast(['letters'], 'letter', createEncryption(secret).encrypt(message))
  const write = (entry: { type: string; data?: string }) =>
    intruder.xAdd(STREAM, '*', { uid: 'intruder', nsp: '/', ...entry })
  const typing = (name: string) => ({
    v: 1,
    kind: 'typing',
    room: LOBBY,
    who: { key: 'k', name, guest: true, region: 'waw' },
    on: true
  })

  /** Names that were shown as typing once everything written before has been read. */
  async function typistsShown() {
    const last = newId()
    await write(encrypted({ from: newId(), number: 1, at: Date.now(), letter: typing(last) }))
    await ana.next<{ who: { name: string } }>('typing:changed', ({ who }) => who.name === last)
    return ana.all<{ who: { name: string } }>('typing:changed').map(({ who }) => who.name)
  }

  it('reaches no client and ends no connection, whatever the adapter would make of it', async () => {
    await write(broadcast([], 'message', { username: 'Ana', content: 'forged', id: newId() }))
    await write(broadcast([], 'session:ended', { reason: 'sign-in' }))
    await write(broadcast(['natives'], 'room:added', { id: 'forged', title: 'Forged', by: null, at: 1 }))
    await write({ type: '4', data: JSON.stringify({ opts: everyone, rooms: ['forged'] }) })
    await write({ type: '6', data: JSON.stringify({ opts: everyone, close: true }) })
    for (const type of ['1', '2', '5', '7', '8', '9', '10', '11', '12', '13', '99'])
      await write({ type, data: JSON.stringify({ opts: everyone, rooms: [LOBBY], requestId: 'x', packet: ['x'] }) })
    await write(broadcast(['forged'], 'message', { username: 'Ana', content: 'to the forged room', id: newId() }))
    await typistsShown()
    expect([ana.socket.connected, guest.socket.connected]).toEqual([true, true])
    expect([...ana.all('session:ended'), ...ana.all('room:added'), ...guest.all('message')]).toEqual([])
  })

  it('is not applied when it was encrypted with another secret, is old, or is no message', async () => {
    const fresh = { from: newId(), number: 1, at: Date.now() }
    const stranger = encrypted({ ...fresh, letter: typing('a stranger') }, 'a secret that somebody else has made up')
    await write(stranger)
    await write(encrypted({ ...fresh, at: Date.now() - 10 * MINUTE_MS, letter: typing('an old one') }))
    await write(encrypted({ ...fresh, at: Date.now() + 10 * MINUTE_MS, letter: typing('one of the future') }))
    await write(encrypted({ ...fresh, number: '1', letter: typing('one without a number') }))
    await write(encrypted({ ...fresh, number: 0, letter: typing('number zero') }))
    const shown = await typistsShown()
    const written = ['a stranger', 'an old one', 'one of the future', 'one without a number', 'number zero']
    expect(shown.filter((name) => written.includes(name))).toEqual([])
  })

  it('is not applied when it repeats what an instance has written', async () => {
    await write(encrypted({ from: newId(), number: 7, at: Date.now(), letter: typing('said once') }))
    await typistsShown()
    for (const { message } of (await intruder.xRange(STREAM, '-', '+')) ?? []) await intruder.xAdd(STREAM, '*', message)
    const shown = await typistsShown()
    expect(shown.filter((name) => name === 'said once')).toHaveLength(1)
    expect(new Set(shown).size).toBe(shown.length)
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200)
  })

  it('of the previous build, which says no time, is heard during a rolling deploy', async () => {
    await write(encrypted({ from: newId(), number: 1, letter: typing('previous build') }))
    expect(await typistsShown()).toContain('previous build')
  })
})
