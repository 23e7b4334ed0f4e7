import type { Socket as Connection } from 'engine.io'
import { expect, it } from 'vitest'
import { closeRaws, openRaw, type RawWebSocket } from '../../infra/testing/raw-websocket.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { until } from '../../infra/testing/until.ts'
import { isPingAnswered, tcpOf } from './connection.ts'
import { startHeartbeats } from './heartbeats.ts'
import { openSocketServer } from './socket-server.fixture.ts'

const PEOPLE = 20
/** Engine.IO's defaults. */
const [PING_EVERY_MS, PONG_WITHIN_MS] = [25_000, 20_000]
/** A masked frame of Engine.IO's noop with six characters. */
const [FRAME_BEGIN, LIKE_A_PONG] = [
  Buffer.from([0x81, 0x87, 0xb7, 0xe0, 0, 0]),
  Buffer.from('\x81\x81Ra\xd6\x81a', 'latin1')
]
const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
const pings = ({ received }: RawWebSocket) => received.filter((packet) => packet === '2').length

it('connections have no timers, and each is pinged in time; the silent ones are closed, those that answer stay', async () => {
  const clock = standingClock()
  const { io, url } = await openSocketServer()
  let packets = 0
  const connections: Connection[] = []
  const heartbeats = startHeartbeats(io, clock)
  io.engine.on('connection', (connection: Connection) => {
    heartbeats.add(connection)
    connections.push(connection)
    connection.on('packet', () => (packets += 1))
  })
  const before = timers()
  const all: RawWebSocket[] = []
  for (let each = 0; each < PEOPLE; each += 1) all.push(await openRaw(url))
  for (const one of all) one.say('40')
  await until('all to have joined', () => all.every(({ received }) => received.length === 2))
  expect(timers()).toBeLessThanOrEqual(before)

  await clock.advance(PING_EVERY_MS / 2)
  await until('the pings of half of the turns', () => all.filter((one) => pings(one) === 1).length === PEOPLE / 2)
  const [quiet, busy, ...others] = all.filter((one) => pings(one) === 1)
  packets = 0
  for (const one of others) one.say('3')
  busy?.say('42["anything"]')
  await until('the answers', () => connections.filter(isPingAnswered).length === PEOPLE - 1)
  // Only what answers no ping is a packet, which limits count.
  expect(packets).toBe(1)
  others[0]?.say('3')
  await until('an answer to nothing', () => packets === 2)
  const atServer = tcpOf(connections[all.indexOf(busy!)]!)!
  const begun = atServer.bytesRead + FRAME_BEGIN.length
  busy?.tcp.write(FRAME_BEGIN)
  await until('the begin of a frame', () => atServer.bytesRead === begun)
  busy?.tcp.write(LIKE_A_PONG)
  await until('its end, which looks like a pong', () => packets === 3)
  await clock.advance(PONG_WITHIN_MS)
  await until('a ping for each', () => all.every((one) => pings(one) > 0))
  expect(io.engine.clientsCount).toBe(PEOPLE - 1)
  expect(quiet?.received.at(-1)).toBe('2')
  closeRaws()
})
