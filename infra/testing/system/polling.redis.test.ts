// Unmodified compatible clients, long-polling first, through an edge without sticky sessions, on three instances.
import { describe, expect, it } from 'vitest'
import { openEdge } from '../../world/edge.ts'
import { untilReady } from '../chat-server.ts'
import { clientVersions, closeClients, connectClient, type TestClient } from '../clients.ts'
import { startPython, type PythonClient } from '../python.ts'
import { until } from '../until.ts'
import { UNLIMITED_RATE, openCluster } from '../cluster.fixture.ts'

const CLIENTS = 100
/** Each is a process of its own. */
const PYTHONS = 4
/** So many come at the same time. */
const AT_ONCE = 10
const NAMES = ['one', 'two', 'three']

type Speaker = Pick<TestClient, 'emit' | 'next'> | Pick<PythonClient, 'emit' | 'next'>

describe('three instances behind an edge without sticky sessions', { timeout: 120_000 }, () => {
  async function open() {
    const cluster = await openCluster()
    const servers = await cluster.startAll(NAMES, { region: 'ams', config: { ...UNLIMITED_RATE, isOnFly: true } })
    const machines = servers.map(({ url }, n) => ({ id: NAMES[n] ?? '', region: 'ams', url }))
    const edge = await openEdge({ machines, regions: ['ams'] })
    return {
      servers,
      edge,
      url: edge.urls['ams'] ?? '',
      async close() {
        closeClients()
        await edge.close()
      }
    }
  }

  it(`${CLIENTS} of ${CLIENTS} clients with default transports connect and talk: the newest, the first of version 4, Python`, async () => {
    const { url, edge, close } = await open()
    try {
      const watcher = await connectClient(url, { transports: ['websocket'] })
      const makers = Object.values(clientVersions).map((connect) => () => connectClient(url, { connect }))
      const pythons = Array.from({ length: PYTHONS }, () => startPython(url))
      const speakers: Speaker[] = [...pythons]
      while (speakers.length < CLIENTS) {
        const batch = Array.from({ length: Math.min(AT_ONCE, CLIENTS - speakers.length) }, (_, m) =>
          makers[m % makers.length]!()
        )
        speakers.push(...(await Promise.all(batch)))
      }
      await Promise.all(pythons.map((python) => python.next('(connect)')))
      for (const [n, speaker] of speakers.entries()) {
        speaker.emit('add-user', `person ${n}`)
        speaker.emit('new-message', `said by ${n}`)
      }
      const logins = await Promise.all(speakers.map((speaker) => speaker.next('login')))
      for (let n = 0; n < CLIENTS; n += 1) await watcher.next('new-message')
      const said = watcher.all<{ username: string; message: string }>('new-message')
      expect(said.map(({ username, message }) => `${username} ${message}`).toSorted()).toEqual(
        speakers.map((_, n) => `person ${n} said by ${n}`).toSorted()
      )
      console.log(`${logins.length} of ${CLIENTS} talk; replayed: ${JSON.stringify(edge.counts)}`)
      // Otherwise the edge was sticky by accident, and the test proves nothing.
      expect(edge.counts.requestReplays).toBeGreaterThan(CLIENTS)
      expect(edge.counts.upgradeReplays).toBeGreaterThan(CLIENTS / 3)
      expect(edge.counts).toMatchObject({ fallbacks: 0, refusals: 0 })
      await Promise.all(pythons.map((python) => python.close()))
    } finally {
      await close()
    }
  })

  it('polling clients come back on another instance when theirs shuts down, a silent one and one that talks meanwhile', async () => {
    const cluster = await openCluster()
    const way = await cluster.way()
    const config = { ...UNLIMITED_RATE, isOnFly: true }
    const one = await cluster.start('one', { redisUrl: way.url, config })
    const two = await cluster.start('two', { config })
    await untilReady(one, two)
    const edge = await openEdge({
      machines: [
        { id: 'one', region: 'ams', url: one.url },
        { id: 'two', region: 'iad', url: two.url }
      ],
      regions: ['ams'],
      roundTripMs: (from, to) => (from === to ? 0 : 1)
    })
    const url = edge.urls['ams'] ?? ''
    const talker = startPython(url, ['polling'], 'talker')
    const talkerOwner = async () => ownerOf(((await talker.next('(login)')) as { session: string }).session)
    let talking: NodeJS.Timeout | undefined
    try {
      const silent = await connectClient(url, { transports: ['polling'], reconnection: true, reconnectionDelay: 50 })
      const silentOwner = () => ownerOf(silent.socket.io.engine.id)
      expect([silentOwner(), await talkerOwner()]).toEqual(['one', 'one'])
      const { sockets } = one.gateway.io.sockets
      await until('their polls', () => [...sockets.values()].every(({ conn }) => conn.transport.writable))
      // Shutting down takes longer than a request.
      way.delay(150)
      const closed = one.close()
      talking = setInterval(() => talker.emit('typing'), 50)
      await silent.next('(disconnect)')
      await until('the silent one', () => silent.socket.connected)
      expect([silentOwner(), await talkerOwner()]).toEqual(['two', 'two'])
      expect(edge.counts.fallbacks).toBeGreaterThan(0)
      await closed
    } finally {
      clearInterval(talking)
      closeClients()
      await talker.close()
      await edge.close()
    }
  })

  it('a request with a forged session is replayed at most once', async () => {
    const { url, edge, close } = await open()
    try {
      for (const sid of ['one.forged', 'two.forged', 'three.forged', 'gone.forged'])
        for (let n = 0; n < NAMES.length; n += 1) {
          const answer = await fetch(`${url}/socket.io/?EIO=4&transport=polling&sid=${sid}`)
          expect(answer.status).toBe(400)
          expect(await answer.json()).toEqual({ code: 1, message: 'Session ID unknown' })
        }
      // Each was sent to all three instances: the named one, if it exists, answers without a replay, the others with one.
      expect(edge.counts.requestReplays).toBe(2 + 2 + 2 + 3)
      expect(edge.counts).toMatchObject({ fallbacks: 3, refusals: 0 })
    } finally {
      await close()
    }
  })
})

const ownerOf = (session?: string) => session?.split('.')[0]
