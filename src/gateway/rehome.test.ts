// Who is asked to move home, and when: a real Socket.IO server, real clients, and a moved clock.
import { expect, test } from 'vitest'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { createRehome, rehomeTiming } from './rehome.ts'
import type { ClientEvent } from '../contract.ts'
import { openSocketServer } from './socket-server.fixture.ts'

const { afterMs, spreadMs, quietMs } = rehomeTiming

/** An instance in iad. Clients with a session are native. */
async function open(random: () => number) {
  const { io, connect } = await openSocketServer()
  io.use((socket, next) => {
    if (socket.handshake.auth['session']) socket.data.session = 'a session'
    socket.data.region = socket.handshake.headers['fly-region']?.toString()
    next()
  })
  const clock = standingClock()
  let sent = 0
  const back = createRehome({ io, clock, timing: rehomeTiming, region: 'iad', random, onSent: () => (sent += 1) })
  const person = (region: string, session = true) => connect({ session }, { 'fly-region': region })
  /** Events so far have arrived: the server sends another one after them. */
  async function moved(client: Awaited<ReturnType<typeof person>>) {
    const [socket] = [...io.of('/').sockets.values()].filter(({ id }) => id === client.socket.id)
    socket?.emit('typing:changed', { room: '', who: { key: '', name: '', guest: true }, on: false })
    await client.next('typing:changed')
    return client.all('server:moving')
  }
  /** Sends an event of theirs and waits until the server has received it. */
  async function say(client: Awaited<ReturnType<typeof person>>, event: ClientEvent = 'message:send') {
    const socket = [...io.of('/').sockets.values()].find(({ id }) => id === client.socket.id)
    const received = new Promise((done) => socket?.onAny(done))
    client.emit(event)
    await received
  }
  return { clock, back, person, moved, say, sent: () => sent }
}

test('people of a region that is back are asked to move once, after the proxy can know that it is back', async () => {
  const { clock, back, person, moved, sent } = await open(() => 0.5)
  const [stray, other, local, guest] = [
    await person('ams'),
    await person('nrt'),
    await person('iad'),
    await person('ams', false)
  ]
  back('ams')
  back('ams')
  back('iad')
  await clock.advance(afterMs + spreadMs / 2 - 1)
  expect(await moved(stray)).toEqual([])
  await clock.advance(1)
  expect(await moved(stray)).toEqual([{ afterMs: 0 }])
  await clock.advance(10 * spreadMs)
  expect(await Promise.all([stray, other, local, guest].map(moved))).toEqual([[{ afterMs: 0 }], [], [], []])
  expect(sent()).toBe(1)
})

test('an active person is not asked to move until they are quiet', async () => {
  const { clock, back, person, moved, say } = await open(() => 0)
  const stray = await person('ams')
  back('ams')
  await clock.advance(afterMs - 1)
  await say(stray)
  await clock.advance(quietMs - 1)
  await say(stray)
  await clock.advance(quietMs - 1)
  expect(await moved(stray)).toEqual([])
  await clock.advance(1)
  expect(await moved(stray)).toEqual([{ afterMs: 0 }])
})

test.each(['region:ping', 'room:open', 'room:list'] as const)(
  'what a visible page sends by itself does not keep a person away from home: %s',
  async (event) => {
    const { clock, back, person, moved, say } = await open(() => 0)
    const stray = await person('ams')
    back('ams')
    await clock.advance(afterMs - 1)
    await say(stray, event)
    await clock.advance(1)
    expect(await moved(stray)).toEqual([{ afterMs: 0 }])
  }
)

test('people of one region move at different moments', async () => {
  const parts = [0, 0.25, 0.999]
  const { clock, back, person, moved } = await open(() => parts.shift() ?? 0)
  const people = [await person('ams'), await person('ams'), await person('ams')]
  const asked = async () => (await Promise.all(people.map(moved))).filter((one) => one.length > 0).length
  back('ams')
  await clock.advance(afterMs)
  expect(await asked()).toBe(1)
  await clock.advance(spreadMs / 4)
  expect(await asked()).toBe(2)
  await clock.advance(spreadMs)
  expect(await asked()).toBe(3)
})
