import { describe, expect, it } from 'vitest'
import { closeClients, connectClient, request } from '../../infra/testing/clients.ts'
import { startTestServer } from '../../infra/testing/chat-server.ts'
import { openRaw } from '../../infra/testing/raw-websocket.ts'
import { HIGH_WATER_BYTES } from './open-connections.ts'

const TEXT = 'x'.repeat(4_000)
const MESSAGES_MAX = 20_000

describe('a slow reader', () => {
  it('is cut at the high-water mark; others receive everything', async () => {
    const server = await startTestServer({ env: { RATE_BURST: '100000', RATE_PER_SECOND: '100000' } })
    const slow = await openRaw(server.url)
    slow.say('40')
    const quick = await connectClient(server.url, { transports: ['websocket'] })
    quick.emit('message', { username: 'User', content: 'begin' })
    await quick.next('message')
    slow.tcp.pause()
    const connections = server.gateway.connections()

    // The kernel's own buffers hold some megabytes before ours begin to fill. The quick one keeps pace with the limit on packets.
    let sent = 0
    let worst = 0
    while (server.gateway.connections() === connections && sent < MESSAGES_MAX) {
      for (let each = 0; each < 20; each += 1, sent += 1) await post(server.url, TEXT)
      while (quick.all('message').length <= sent) await quick.next('message')
      worst = Math.max(worst, process.memoryUsage().rss)
    }
    expect(server.gateway.connections()).toBe(connections - 1)
    expect(quick.all('message')).toHaveLength(sent + 1)
    console.log(
      `a paused reader was cut after ${sent} messages of ${TEXT.length} B, mark ${HIGH_WATER_BYTES} B, RSS at most ${Math.round(worst / 1e6)} MB`
    )
    slow.tcp.destroy()
    closeClients()
    await server.stop()
  }, 60_000)
})

const post = (url: string, content: string) =>
  request('POST', `${url}/api/messages`, { body: { username: 'User', content } })
