// Connections whose session ends while they are open: a real Socket.IO server with real clients, and time that is moved.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Server } from 'socket.io'
import { closeClients, connectClient } from '../../infra/testing/clients.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { noBus } from '../bus/messages.ts'
import { ALL_TOKENS, createRevocationList } from '../sessions/revocation-list.ts'
import type { Session } from '../identity.ts'
import { openSqliteStores } from '../log/sqlite/sqlite-log.ts'
import { openSqliteRevocations } from '../sessions/sqlite.ts'
import { endSessions } from './session-end.ts'
import { audienceOfSession, type ChatServer } from './protocol.ts'

const HOUR_MS = 60 * 60_000
const LOOK_MS = 10_000

async function open() {
  const clock = standingClock(Date.UTC(2026, 0, 1))
  const { log, file } = await openSqliteStores({ path: ':memory:', historyLimit: 100 })
  const store = openSqliteRevocations(file)
  const revocations = createRevocationList({ store, bus: noBus, clock, onError() {} })
  const http = createServer()
  const io: ChatServer = new Server(http)
  const sessionEnd = endSessions({ io, clock, revocations })
  io.use((socket, next) => {
    const { id, issuedAt, lastsMs } = socket.handshake.auth as { id: string; issuedAt: number; lastsMs: number }
    const session = { id, issuedAt, startedAt: issuedAt, expiresAt: clock.now() + lastsMs } as Session
    Object.assign(socket.data, { session: id, issuedAt, closesAt: sessionEnd.closesAt(session) })
    next()
  })
  io.on('connection', (socket) => {
    void socket.join(audienceOfSession(socket.data.session ?? ''))
    sessionEnd.admitted(socket)
  })
  http.listen(0)
  await once(http, 'listening')
  onTestFinished(async () => {
    closeClients()
    sessionEnd.stop()
    await io.close()
    await log.close()
  })
  const url = `http://localhost:${(http.address() as AddressInfo).port}`
  const person = (id: string, issuedAt = 1, lastsMs = 30 * 24 * HOUR_MS) =>
    connectClient(url, { transports: ['websocket'], auth: { id, issuedAt, lastsMs } })
  const connected = () => [...io.of('/').sockets.values()].map(({ data }) => `${data.session} ${data.issuedAt}`)
  return { clock, revocations, person, connected }
}

test('signing out ends the connections of that session at once, and tells them why', async () => {
  const { revocations, person, connected } = await open()
  const [ana] = [await person('a'), await person('b')]
  await revocations.revoke({ session: 'a', before: ALL_TOKENS })
  expect(connected()).toEqual(['b 1'])
  expect(await ana.next('session:ended')).toEqual({ reason: 'sign-in' })
})

test('a new name closes the connections with the former one after a second, and says no session has ended', async () => {
  const { clock, revocations, person, connected } = await open()
  const former = await person('a', 1)
  await person('a', 2)
  await revocations.revoke({ session: 'a', before: 2 })
  await clock.advance(999)
  expect(connected()).toEqual(['a 1', 'a 2'])
  await clock.advance(1)
  expect(connected()).toEqual(['a 2'])
  await former.next('(disconnect)')
  expect(former.all('session:ended')).toEqual([])
})

test('a connection whose session was revoked while it was admitted ends as well', async () => {
  const { revocations, person, connected } = await open()
  await revocations.revoke({ session: 'a', before: ALL_TOKENS })
  const late = await person('a')
  await late.next('session:ended')
  expect(connected()).toEqual([])
})

test('a connection is closed an hour before its token ends, so that the client renews it', async () => {
  const { clock, person, connected } = await open()
  await person('a', 1, 24 * HOUR_MS)
  await clock.advance(23 * HOUR_MS - 1)
  expect(connected()).toHaveLength(1)
  await clock.advance(LOOK_MS)
  expect(connected()).toEqual([])
})

test('one that comes with a token in its last hour stays until the token ends', async () => {
  const { clock, person, connected } = await open()
  await person('a', 1, HOUR_MS)
  await clock.advance(HOUR_MS - 1)
  expect(connected()).toHaveLength(1)
  await clock.advance(LOOK_MS)
  expect(connected()).toEqual([])
})
