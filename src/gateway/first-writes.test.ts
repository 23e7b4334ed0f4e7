import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import type { Socket as Connection } from 'engine.io'
import { expect, it, onTestFinished, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../infra/testing/chat-server.ts'
import { UNLIMITED_RATE } from '../../infra/testing/cluster.fixture.ts'
import { closeClients, connectNative, signIn } from '../../infra/testing/clients.ts'
import { closeRaws, openRaw } from '../../infra/testing/raw-websocket.ts'
import { until } from '../../infra/testing/until.ts'
import { LOBBY, WIRE_VERSION, newId, type Answers, type Sync } from '../contract.ts'
import { tcpOf } from './connection.ts'
import { openSocketServer } from './socket-server.fixture.ts'
import { writeFlushesOnce } from './web-sockets.ts'

const CROWD = 40

/** Counts the writes to all connections from now on, but those of lists of people, which come when they are due. */
function countWrites(server: TestServer): () => number {
  let writes = 0
  const descriptors = new Set<number>()
  server.gateway.io.engine.on('connection', (connection: Connection) => {
    const tcp = tcpOf(connection)
    const write = tcp?._writev?.bind(tcp)
    if (!tcp || !write) return
    descriptors.add((tcp as unknown as { _handle: { fd: number } })._handle.fd)
    tcp._writev = (...written) => {
      writes += 1
      write(...written)
    }
  })
  const past = vi.spyOn(fs, 'writeSync')
  syncBuiltinESMExports()
  onTestFinished(() => {
    past.mockRestore()
    syncBuiltinESMExports()
  })
  const isCounted = (bytes: unknown) => !String(bytes).includes('people:changed')
  return () => writes + past.mock.calls.filter(([to, bytes]) => descriptors.has(to) && isCounted(bytes)).length
}

it('a client that joins gets one write for its upgrade, one for all that follows from CONNECT with the room that it opens, and one for each answer', async () => {
  const server = await startTestServer()
  const bo = await connectNative(server.url, 'Bo')
  await bo.ask('room:open', { room: LOBBY })
  const { token } = await signIn(server.url, 'Ana')
  const writes = countWrites(server)
  const socket = await openRaw(server.url)
  await until('the first packet', () => socket.received.length === 1)
  expect(writes()).toBe(1)
  socket.say(`40${JSON.stringify({ speaks: 'native', v: WIRE_VERSION, token, open: [{ room: LOBBY }] })}`)
  await until('the room', () => socket.received.some((packet) => packet.includes('room:opened')))
  expect(socket.received.slice(1, 3).join()).toMatch(/^40.*server:hello.*"opening":1/)
  expect(writes()).toBe(2)
  socket.say(`420${JSON.stringify(['region:ping', {}])}`)
  await until('the answer', () => socket.received.some((packet) => packet.startsWith('430')))
  expect(writes()).toBe(3)
  closeRaws()
  closeClients()
  await server.stop()
})

it('a crowd that comes back at once gets two writes each, and what it has missed is encoded once', async () => {
  const server = await startTestServer({ config: UNLIMITED_RATE })
  const bo = await connectNative(server.url, 'Bo')
  const opened = await bo.ask<Answers['room:open']>('room:open', { room: LOBBY })
  if (!opened.ok) throw new Error(opened.reason)
  const { cursor } = opened.value.sync
  await bo.ask('message:send', { room: LOBBY, id: newId(), text: 'missed' })
  const sessions = await Promise.all(Array.from({ length: CROWD }, (_, n) => signIn(server.url, `Person ${n}`)))
  const writes = countWrites(server)
  const encode = vi.spyOn(JSON, 'stringify')
  onTestFinished(() => encode.mockRestore())
  const open = [{ room: LOBBY, cursor }]
  const comeBack = async ({ token }: { token: string }) => {
    const socket = await openRaw(server.url)
    socket.say(`40${JSON.stringify({ speaks: 'native', v: WIRE_VERSION, token, open })}`)
    const answer = await until('the room', () => socket.received.find((packet) => packet.includes('room:opened')))
    expect(answer).toContain('missed')
  }
  await Promise.all(sessions.map(comeBack))
  expect(encode.mock.calls.filter(([part]) => (part as Partial<Sync> | null)?.kind === 'events')).toHaveLength(1)
  expect(writes()).toBe(2 * CROWD)
  closeRaws()
  closeClients()
  await server.stop()
})

it('packets of every length and kind arrive whole and in order, also at a client that reads later', async () => {
  const { io, connect } = await openSocketServer()
  writeFlushesOnce(io)
  const client = await connect({})
  const [socket] = io.sockets.sockets.values()
  // What is around a name in its packet takes some bytes of the first two lengths.
  const names = [1, 60, 125, 126, 1_000, 65_400, 65_535, 70_000, 5_000_000].map((length) => 'ż'.repeat(length))
  for (const username of names) {
    socket?.emit('user-joined', { numUsers: 1, username })
    socket?.emit('user-joined', { numUsers: 1, username: Buffer.from(username) as unknown as string })
  }
  const received = () => client.all('user-joined').map(({ username }) => username)
  await until('all', () => received().length === 2 * names.length)
  expect(received().map(String)).toEqual(names.flatMap((name) => [name, name]))
})
