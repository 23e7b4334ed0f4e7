// Answers are bounded in bytes and sent to clients that read: long messages neither cut off a slow connection nor fill the memory.
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeClients, connectNative, signIn } from '../../infra/testing/clients.ts'
import { startTestServer, type TestServer } from '../../infra/testing/chat-server.ts'
import { closeRaws, openRaw } from '../../infra/testing/raw-websocket.ts'
import { until } from '../../infra/testing/until.ts'
import { LOBBY, WIRE_VERSION, newId, type Answers, type Cursor } from '../contract.ts'
import { ANSWER_MAX_BYTES } from '../log/answer-bytes.ts'

/** The longest message: four bytes for each character. */
const LONGEST = '😀'.repeat(4_000)
const MESSAGES = 300
const GROWTH_MAX_BYTES = 200_000_000

describe('a room full of the longest messages', { timeout: 60_000 }, () => {
  let server: TestServer
  let start: Cursor
  beforeAll(async () => {
    server = await startTestServer({ env: { RATE_BURST: '100000', RATE_PER_SECOND: '10000' } })
    const ana = await connectNative(server.url, 'Ana')
    const opened = await ana.ask<Answers['room:open']>('room:open', { room: LOBBY })
    if (!opened.ok) throw new Error(opened.reason)
    start = opened.value.sync.cursor
    // Without a connection, which would exceed the limit on packets.
    const { chat } = server
    for (let each = 0; each < MESSAGES; each += 20) {
      const person = { id: newId(), key: newId(), name: `Speaker ${each}`, moderator: false }
      const caller = { person, name: person.name, address: '192.0.2.1' }
      await Promise.all(
        Array.from({ length: 20 }, () => chat.send(caller, { room: LOBBY, id: newId(), text: LONGEST }))
      )
    }
    closeClients()
  })
  afterAll(async () => {
    closeClients()
    closeRaws()
    await server.stop()
  })

  it('is sent in portions for a slow connection, to the last message', async () => {
    const bo = await connectNative(server.url, 'Bo')
    let cursor = start
    let events = 0
    for (let more = true; more;) {
      const answer = await bo.ask<Answers['room:open']>('room:open', { room: LOBBY, cursor })
      if (!answer.ok || answer.value.sync.kind !== 'events') throw new Error('not caught up')
      const { sync } = answer.value
      expect(Buffer.byteLength(JSON.stringify(sync))).toBeLessThan(ANSWER_MAX_BYTES * 1.1)
      expect(sync.events[0]?.seq).toBe(cursor.seq + 1)
      events += sync.events.length
      cursor = sync.cursor
      more = sync.more
    }
    expect(events).toBe(MESSAGES)
  })

  it('requested repeatedly by a client that does not read: the client is cut, and memory stays bounded', async () => {
    closeClients()
    await until('everyone to be gone', () => server.gateway.connections() === 0)
    const { token } = await signIn(server.url, 'Cy')
    const socket = await openRaw(server.url)
    socket.say(`40${JSON.stringify({ speaks: 'native', v: WIRE_VERSION, token })}`)
    await until('a hello', () => socket.received.some((packet) => packet.includes('server:hello')))
    socket.say(`420["room:open",{"room":"${LOBBY}"}]`)
    await until('an answer', () => socket.received.some((packet) => packet.startsWith('430')))
    const before = process.memoryUsage().rss
    socket.tcp.pause()
    for (let each = 1; each <= 80; each += 1)
      socket.say(`42${each}["room:before",{"room":"${LOBBY}","before":${MESSAGES + 1},"limit":500}]`)
    await until('it to be cut', () => server.gateway.connections() === 0)
    const growth = process.memoryUsage().rss - before
    console.log(`80 unread pages of the longest messages: ${Math.round(growth / 1e6)} MB more`)
    expect(growth).toBeLessThan(GROWTH_MAX_BYTES)
  })

  it('requested over HTTP by hundreds of clients that do not read: memory stays bounded', async () => {
    const { port } = server
    const before = process.memoryUsage().rss
    const sockets = Array.from({ length: 200 }, () => {
      const tcp = connect(port, '127.0.0.1')
      tcp.on('error', () => {})
      tcp.pause()
      tcp.write('GET /api/messages HTTP/1.1\r\nHost: localhost\r\n\r\n')
      return tcp
    })
    await until('all to have asked', () => sockets.every((tcp) => tcp.bytesWritten > 0))
    // Asked after them, and so answered or refused after them.
    await (await fetch(`${server.url}/api/messages`)).text()
    const growth = process.memoryUsage().rss - before
    console.log(`200 unread lists of the longest messages: ${Math.round(growth / 1e6)} MB more`)
    expect(growth).toBeLessThan(GROWTH_MAX_BYTES * 2)
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200)
    for (const tcp of sockets) tcp.destroy()
  })
})
