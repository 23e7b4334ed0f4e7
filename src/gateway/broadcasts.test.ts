import fs from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { openRaw } from '../../infra/testing/raw-websocket.ts'
import { until } from '../../infra/testing/until.ts'
import { writeBroadcastsOnce } from './broadcasts.ts'
import { tcpOf, unreadBytes } from './connection.ts'
import type { ChatServer } from './protocol.ts'
import { openSocketServer } from './socket-server.fixture.ts'

/** More than the kernel's buffers of a connection hold. */
const LONG = 'x'.repeat(5_000_000)

const AUDIENCE = 'everyone'

async function open(transports: string[][]) {
  const { io, connect } = await openSocketServer()
  const together = writeBroadcastsOnce(io)
  const clients = []
  for (const each of transports) clients.push(await connect({}, {}, each))
  const sockets = clients.map(({ socket }) => io.sockets.sockets.get(socket.id ?? '')).filter((one) => !!one)
  for (const socket of sockets) await socket.join(AUDIENCE)
  return { say: (than: string | undefined, n: number) => say(io, than, n), together, clients, sockets }
}

const say = (io: ChatServer, than: string | undefined, n: number) =>
  io.local
    .to(AUDIENCE)
    .except(than ?? [])
    .emit('login', { numUsers: n })

it('what is broadcast together costs each WebSocket one write; every client receives what is for it, in order', async () => {
  const { say, together, clients, sockets } = await open([['websocket'], ['websocket'], ['websocket'], ['polling']])
  // Not a mock of the module: another test of this worker may have loaded the importing one.
  const spy = vi.spyOn(fs, 'writeSync')
  syncBuiltinESMExports()
  onTestFinished(() => {
    spy.mockRestore()
    syncBuiltinESMExports()
  })
  const writes = spy.mock.calls
  together(() => {
    say(undefined, 1)
    say(sockets[0]?.id, 2)
    say(undefined, 3)
  })
  expect(writes.length).toBe(3)
  // Receivers of the same share one buffer.
  expect(writes[1]?.[1]).toBe(writes[2]?.[1])
  for (const client of clients) await client.next('login', ({ numUsers }) => numUsers === 3)
  const numbers = clients.map((client) => client.all('login').map(({ numUsers }) => numUsers))
  expect(numbers).toEqual([
    [1, 3],
    [1, 2, 3],
    [1, 2, 3],
    [1, 2, 3]
  ])
})

it('nothing is written to the descriptor of a connection that has just ended, which something else may have by now', async () => {
  const { say, together, sockets, clients } = await open([['websocket'], ['websocket']])
  const file = join(await mkdtemp(join(tmpdir(), 'descriptor-')), 'file')
  say(undefined, 1)
  for (const client of clients) await client.next('login')
  let opened = -1
  together(() => {
    say(undefined, 2)
    if (sockets[0]) tcpOf(sockets[0].conn)?.destroy()
    opened = fs.openSync(file, 'w')
  })
  fs.closeSync(opened)
  await clients[1]?.next('login', ({ numUsers }) => numUsers === 2)
  expect(fs.readFileSync(file, 'utf8')).toBe('')
  await rm(dirname(file), { recursive: true })
})

it('a client that does not read has all of it counted, and later receives it in order with what is sent to it alone', async () => {
  const { io, url } = await openSocketServer()
  writeBroadcastsOnce(io)
  const client = await openRaw(url)
  client.say('40')
  await until('a connection', () => io.sockets.sockets.size === 1)
  const [socket] = io.sockets.sockets.values()
  client.tcp.pause()
  io.local.emit('login', { numUsers: 0 })
  for (let n = 1; n < 5; n += 2) {
    io.local.emit('user-joined', { numUsers: n, username: LONG })
    socket?.emit('login', { numUsers: n + 1 })
  }
  io.local.emit('login', { numUsers: 5 })
  expect(socket && unreadBytes(socket.conn)).toBeGreaterThan(LONG.length)
  client.tcp.resume()
  await until('everything', () => client.received.some((packet) => packet.includes('"numUsers":5')))
  const order = client.received.map((packet) => /"numUsers":(\d)/.exec(packet)?.[1]).filter((one) => one !== undefined)
  expect(order).toEqual(['0', '1', '2', '3', '4', '5'])
})
