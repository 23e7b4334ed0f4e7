import { expect, it, vi } from 'vitest'
import { until } from '../../infra/testing/until.ts'
import { writeBroadcastsOnce } from './broadcasts.ts'
import { unreadBytes, tcpOf } from './connection.ts'
import type { ChatServer } from './protocol.ts'
import { openSocketServer } from './socket-server.fixture.ts'

const LONG = 'x'.repeat(80_000)

async function open(transports: string[][]) {
  const { io, connect } = await openSocketServer()
  const together = writeBroadcastsOnce(io)
  const clients = []
  for (const each of transports) clients.push(await connect({}, {}, each))
  const sockets = clients.map(({ socket }) => io.sockets.sockets.get(socket.id ?? '')).filter((one) => !!one)
  return { say: (than: string | undefined, n: number) => say(io, than, n), together, clients, sockets }
}

const say = (io: ChatServer, than: string | undefined, n: number) =>
  (than ? io.local.except(than) : io.local).emit('login', { numUsers: n })

it('what is broadcast together costs each WebSocket one write; every client receives what is for it, in order', async () => {
  const { say, together, clients, sockets } = await open([['websocket'], ['websocket'], ['websocket'], ['polling']])
  const writes = sockets.flatMap(({ conn }) => tcpOf(conn) ?? []).map((tcp) => vi.spyOn(tcp, 'write'))
  together(() => {
    say(undefined, 1)
    say(sockets[0]?.id, 2)
    say(undefined, 3)
  })
  expect(writes.map(({ mock }) => mock.calls.length)).toEqual([1, 1, 1])
  // Receivers of the same share one buffer.
  expect(writes[1]?.mock.calls[0]?.[0]).toBe(writes[2]?.mock.calls[0]?.[0])
  for (const client of clients) await client.next('login', ({ numUsers }) => numUsers === 3)
  const numbers = clients.map((client) => client.all('login').map(({ numUsers }) => numUsers))
  expect(numbers).toEqual([
    [1, 3],
    [1, 2, 3],
    [1, 2, 3],
    [1, 2, 3]
  ])
})

it('a client that does not read has all of it counted, and later receives it in order with what is sent to it alone', async () => {
  const { say, clients, sockets } = await open([['websocket']])
  const [[client], [socket]] = [clients, sockets]
  const tcp = socket && tcpOf(socket.conn)
  tcp?.cork()
  for (let n = 0; n < 6; n += 2) {
    say(undefined, n)
    socket?.emit('typing', { username: LONG })
    say(undefined, n + 1)
  }
  expect(socket && unreadBytes(socket.conn)).toBeGreaterThan(3 * LONG.length)
  tcp?.uncork()
  await until('everything', () => client?.received.length === 9)
  const order = client?.received.map(({ payload }) => (payload as { numUsers?: number }).numUsers ?? 'alone')
  expect(order).toEqual([0, 'alone', 1, 2, 'alone', 3, 4, 'alone', 5])
})
