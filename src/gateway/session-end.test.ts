// Connections whose session ends while they are open: a real Socket.IO server, real clients, and a moved clock.
import { expect, onTestFinished, test } from 'vitest'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { noBus } from '../bus/messages.ts'
import { ALL_TOKENS, createRevocationList } from '../sessions/revocation-list.ts'
import type { Session } from '../identity.ts'
import { openSqliteStores } from '../log/sqlite/sqlite-log.ts'
import { openSqliteRevocations } from '../sessions/sqlite.ts'
import { endSessions } from './session-end.ts'
import { audienceOfSession } from './protocol.ts'
import { openSocketServer } from './socket-server.fixture.ts'

const HOUR_MS = 60 * 60_000
const CHECK_MS = 10_000

async function open() {
  const clock = standingClock(Date.UTC(2026, 0, 1))
  const { log, file } = await openSqliteStores({ path: ':memory:', historyLimit: 100 })
  const store = openSqliteRevocations(file)
  const revocations = createRevocationList({ store, bus: noBus, clock, onError() {} })
  const { io, connect } = await openSocketServer()
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
  onTestFinished(async () => {
    sessionEnd.stop()
    await log.close()
  })
  const person = (id: string, issuedAt = 1, lastsMs = 30 * 24 * HOUR_MS) => connect({ id, issuedAt, lastsMs })
  const connected = () => [...io.of('/').sockets.values()].map(({ data }) => `${data.session} ${data.issuedAt}`)
  return { clock, revocations, person, connected }
}

test('a new name closes the connections with the former one after a second, without ending the session', async () => {
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

test('a connection is closed an hour before its token expires, so that the client renews it', async () => {
  const { clock, person, connected } = await open()
  await person('a', 1, 24 * HOUR_MS)
  await clock.advance(23 * HOUR_MS - 1)
  expect(connected()).toHaveLength(1)
  await clock.advance(CHECK_MS)
  expect(connected()).toEqual([])
})

test('a connection with a token in its last hour stays open until the token expires', async () => {
  const { clock, person, connected } = await open()
  await person('a', 1, HOUR_MS)
  await clock.advance(HOUR_MS - 1)
  expect(connected()).toHaveLength(1)
  await clock.advance(CHECK_MS)
  expect(connected()).toEqual([])
})
