// What joins cost, counted: beside a few people, and beside many.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { StatementSync } from 'node:sqlite'
import { afterEach, expect, it, vi } from 'vitest'
import { startTestServer } from '../../infra/testing/chat-server.ts'
import { signIn } from '../../infra/testing/clients.ts'
import { closeRaws, openRaw, type RawWebSocket } from '../../infra/testing/raw-websocket.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { until } from '../../infra/testing/until.ts'
import { LOBBY, WIRE_VERSION } from '../contract.ts'
import type { ChatServer } from './protocol.ts'

const [FEW, MANY] = [50, 500]
const AT_ONCE = 50
/** People who join at the same moment, and guests. */
const JOINING = 10
/** By then all that waits to be shared has been sent. */
const LATER_MS = 2_500
const PLENTY = { rate: { burst: 10_000, perSecond: 10_000 }, connections: { max: 2_000, perAddress: 2_000 } }

const times = ({ received }: RawWebSocket, event: string) =>
  received.filter((packet) => packet.includes(`"${event}"`)).length
const has = (socket: RawWebSocket, event: string) => times(socket, event) > 0

afterEach(() => {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
})

function countWork(io: ChatServer) {
  const write = vi.spyOn(fs, 'writeSync')
  syncBuiltinESMExports()
  const statements = (['run', 'get', 'all'] as const).map((name) => vi.spyOn(StatementSync.prototype, name))
  const { encoder } = io as unknown as { encoder: { encode(): string[] } }
  const adapter = io.of('/').adapter as unknown as { _encode(): string[] }
  const encodings = [vi.spyOn(encoder, 'encode'), vi.spyOn(adapter, '_encode')]
  const calls = (all: { mock: { calls: unknown[] } }[]) => all.reduce((sum, { mock }) => sum + mock.calls.length, 0)
  return {
    writes: () => write.mock.calls.filter(([, bytes]) => bytes.includes('user-joined')).length,
    statements: () => calls(statements),
    encodings: () => calls(encodings)
  }
}

it('a crowd that joins reaches each person in two writes, and costs as much beside 500 people as beside 50', async () => {
  const clock = standingClock()
  const server = await startTestServer({ clock, config: PLENTY, presenceTiming: {} })
  await clock.advance(LATER_MS)
  const { io } = server.gateway
  const work = countWork(io)
  const here: RawWebSocket[] = []
  let signedIn = 0

  async function connect(packet: object | null): Promise<RawWebSocket> {
    const socket = await openRaw(server.url)
    socket.say(`40${packet ? JSON.stringify(packet) : ''}`)
    await until('an answer', () => socket.received.some((answer) => answer.startsWith('40')))
    return socket
  }
  const connectAll = (packets: (object | null)[]) => Promise.all(packets.map(connect))
  const guests = (count: number) => connectAll(Array.from({ length: count }, () => null))
  async function people(count: number) {
    const all = []
    for (const end = signedIn + count; signedIn < end; signedIn += 1) {
      const { token } = await signIn(server.url, `Person ${signedIn}`)
      all.push({ speaks: 'native', v: WIRE_VERSION, token, open: [{ room: LOBBY }] })
    }
    return all
  }
  /** In one moment of the clock, but for the last part. */
  async function join(newcomers: RawWebSocket[]) {
    const named = () => [...io.sockets.sockets.values()].filter(({ data }) => data.caller.name).length
    const before = named()
    for (const [nth, guest] of newcomers.entries()) guest.say(`42["add-user","Guest ${here.length + nth}"]`)
    await until('their names', () => named() === before + newcomers.length)
    await clock.advance(LATER_MS)
    await until('their answers', () => newcomers.every((guest) => has(guest, 'login')))
    here.push(...newcomers)
  }

  const [native] = await connectAll(await people(1))
  async function costBeside(count: number) {
    while (here.length < count) await join(await guests(Math.min(AT_ONCE, count - here.length)))
    const [watcher] = here
    if (!watcher || !native) throw new Error('Somebody watches.')
    const coming = await people(JOINING)
    const newcomers = await guests(JOINING)
    const counts = () => ({
      statements: work.statements(),
      encodings: work.encodings(),
      writes: work.writes(),
      eventsOfPerson: times(native, 'people:changed'),
      eventsOfGuest: times(watcher, 'user-joined')
    })
    await clock.advance(LATER_MS)
    const before = counts()
    const arrived = await connectAll(coming)
    await until('the room', () => arrived.every((one) => has(one, 'room:opened')))
    await join(newcomers)
    await until('all news', () => times(watcher, 'user-joined') === before.eventsOfGuest + 2 * JOINING)
    const { writes, ...after } = counts()
    return {
      statements: after.statements - before.statements,
      encodings: after.encodings - before.encodings,
      eventsOfPerson: after.eventsOfPerson - before.eventsOfPerson,
      writesToEach: Math.floor((writes - before.writes) / count)
    }
  }

  const [few, many] = [await costBeside(FEW), await costBeside(MANY)]
  console.log(`${JOINING} people and as many guests beside ${FEW}:`, few, `beside ${MANY}:`, many)
  expect(few).toMatchObject({ eventsOfPerson: 2, writesToEach: 2 })
  // Commits that share a turn are fewer.
  expect(many).toEqual({ ...few, statements: expect.any(Number) as number })
  expect(many.statements).toBeLessThan(2 * few.statements)
  closeRaws()
  const stopped = server.stop()
  await clock.advance(30_000)
  await stopped
})
