// The list of messages over several instances: always the latest, and read from Redis only after an event.
import { beforeAll, describe, expect, it } from 'vitest'
import { request } from '../../infra/testing/clients.ts'
import { lookInto, type TestServer } from '../../infra/testing/chat-server.ts'
import { useCluster } from '../../infra/testing/cluster.fixture.ts'

const GETS = 200
/** One small script call each way. */
const BYTES_PER_GET = 1_000

describe('lists of messages over HTTP, on two instances', () => {
  const cluster = useCluster()
  let servers: TestServer[]
  beforeAll(async () => {
    servers = await cluster.startAll(['one', 'two'])
  })

  const list = async (server: TestServer | undefined) => {
    const answer = await fetch(`${server?.url}/api/messages`)
    return (await answer.json()) as { id: string; content: string }[]
  }
  const listInRoom = async (server: TestServer | undefined) => {
    const answer = await fetch(`${server?.url}/api/rooms/lobby/messages`)
    return ((await answer.json()) as { messages: { text: string }[] }).messages
  }
  const post = async (server: TestServer | undefined, content: string) => {
    const answer = await request('POST', `${server?.url}/api/messages`, { body: { username: 'Ana', content } })
    return (await answer.json()) as { id: string }
  }

  it('shows at once what was posted or deleted on the other instance', async () => {
    const [one, two] = servers
    for (let n = 0; n < 25; n += 1) {
      const [here, there] = n % 2 ? [one, two] : [two, one]
      await Promise.all([list(there), listInRoom(there)])
      const { id } = await post(here, `text ${n}`)
      expect((await list(there)).at(-1)).toMatchObject({ content: `text ${n}` })
      expect((await listInRoom(there)).at(-1)).toMatchObject({ text: `text ${n}` })
      if (n % 5) continue
      expect((await fetch(`${here?.url}/api/messages/${id}`, { method: 'DELETE' })).status).toBe(204)
      expect((await list(there)).map((message) => message.id)).not.toContain(id)
    }
  })

  it('reads the messages from Redis once while there are no events', async () => {
    const [one] = servers
    for (let n = 0; n < 20; n += 1) await post(one, '🌻'.repeat(4_000))
    await list(one)
    const admin = await lookInto(cluster.redis.url)
    const sent = async () => {
      const stats = await admin.sendCommand<string>(['INFO', 'stats'])
      return Number(/total_net_output_bytes:(\d+)/.exec(stats)?.[1])
    }
    const sentFor = async (gets: number) => {
      const before = await sent()
      for (let n = 0; n < gets; n += 1) expect((await list(one)).length).toBeGreaterThan(20)
      return (await sent()) - before
    }
    // The room feed delivers the last message up to a window later, and the list is read once more then.
    await expect.poll(() => sentFor(10)).toBeLessThan(10 * BYTES_PER_GET)
    expect(await sentFor(GETS)).toBeLessThan(GETS * BYTES_PER_GET)
    admin.destroy()
  })
})
