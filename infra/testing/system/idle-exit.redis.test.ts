// Real processes that exit when nobody is connected, and visitors who arrive during that decision.
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, it } from 'vitest'
import { newFolder } from '../folder.ts'
import { TEST_SECRET } from '../chat-server.ts'
import { startChild } from '../child.ts'
import { connectClient, connectNative } from '../clients.ts'
import { startRedis } from '../redis-server.ts'

const IDLE_MINUTES = 0.01
const IDLE_MS = IDLE_MINUTES * 60_000
/** Factor for tests in which somebody must connect in time on a busy machine. */
const LONGER = 4
const HEALTH_EVERY_MS = 50
/** A visitor comes later than one who was served, and earlier than one who was refused. */
const LATER_MS = 2
const EARLIER_MS = 3
const REFUSALS = 3

describe.concurrent('a process that exits when nobody is connected', { timeout: 60_000 }, () => {
  it('exits with code 0 despite frequent health checks', async ({ expect, onTestFinished }) => {
    const { server, ended } = await startAlone(onTestFinished)
    let asked = 0
    const checks = setInterval(() => {
      fetch(`${server.url}/health/${(asked += 1) % 2 ? 'ready' : 'live'}`).catch(() => {})
    }, HEALTH_EVERY_MS)
    onTestFinished(() => clearInterval(checks))
    expect(await ended).toBe(0)
    expect(server.printed()).toMatch(/"nobodyForMs":600,"msg":"closing"/)
    expect(asked).toBeGreaterThan(0)
  })

  it('stays for native clients and for guests on either transport, and exits after the last of them', async ({
    expect,
    onTestFinished
  }) => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const { server, ended } = await start(onTestFinished, {
      REDIS_URL: redis.url,
      SESSION_SECRET: TEST_SECRET,
      IDLE_EXIT_MINUTES: `${LONGER * IDLE_MINUTES}`
    })
    const people = [
      () => connectNative(server.url, 'Ana'),
      () => connectClient(server.url, { transports: ['websocket'] }),
      () => connectClient(server.url, { transports: ['polling'] })
    ]
    let last: { close(): void } | undefined
    for (const come of people) {
      const person = await come()
      last?.close()
      last = person
      await sleep(LONGER * IDLE_MS * 1.2)
      expect([server.process.exitCode, person.socket.connected]).toEqual([null, true])
    }
    last?.close()
    expect(await ended).toBe(0)
  })

  // Fly's proxy starts a machine for a request that is refused, or cut before any answer. So an accepted visitor must be served, and
  // after a refused one the process must exit and not continue with a closed listener.
  it('serves a visitor who arrives during the decision, or exits', async ({ expect, onTestFinished }) => {
    const requests = { served: 0, refused: 0 }
    for (let offsetMs = -LATER_MS; requests.refused < REFUSALS; offsetMs -= EARLIER_MS) {
      const { server, ended } = await startAlone(onTestFinished)
      for (;;) {
        await sleep(IDLE_MS + offsetMs)
        const answer = await ask(server.url)
        if (answer !== 200) {
          expect(answer).toMatch(/^(ECONNREFUSED|ECONNRESET)$/)
          break
        }
        expect(server.process.exitCode).toBeNull()
        requests.served += 1
        offsetMs += LATER_MS
      }
      expect(await ended).toBe(0)
      requests.refused += 1
    }
    console.log(`came while it decided: ${requests.served} served, ${requests.refused} refused by one that ended`)
    expect(requests.served).toBeGreaterThan(0)
  })
})

type Finished = (end: () => Promise<void>) => void

function startAlone(onTestFinished: Finished) {
  return start(onTestFinished, { DATA_DIR: newFolder() })
}

async function start(onTestFinished: Finished, env: Record<string, string>) {
  const server = await startChild({ IDLE_EXIT_MINUTES: `${IDLE_MINUTES}`, ...env })
  onTestFinished(async () => void (await server.end('SIGKILL')))
  const ended = new Promise<number | null>((done) => server.process.once('exit', done))
  return { server, ended }
}

/** Sends a request on a connection of its own. Resolves with the status, or with the connection's error code. */
function ask(url: string): Promise<number | string> {
  return new Promise((done) => {
    const wire = connect(Number(new URL(url).port), '127.0.0.1')
    wire.once('error', ({ code }: NodeJS.ErrnoException) => done(code ?? 'an error'))
    wire.once('close', () => done('no answer'))
    wire.once('data', (said) => {
      done(Number(/^HTTP\/1\.1 (\d+)/.exec(said.toString('latin1'))?.[1]))
      wire.destroy()
    })
    wire.write('GET /api/messages HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  })
}
