// `npm run verify` as an operator runs it: against the world, where everything holds while a region is drained, and against broken
// apps, where it names the faults and exits with 1.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Server } from 'socket.io'
import { beforeAll, describe, it } from 'vitest'
import { buildWeb, isStale } from '../build/build.ts'
import { roundTripMs } from '../world/distance.ts'
import { openEdge } from '../world/edge.ts'
import { signIn } from '../testing/clients.ts'
import { untilReady } from '../testing/chat-server.ts'
import { UNLIMITED_RATE, openCluster } from '../testing/cluster.fixture.ts'
import { bound } from '../testing/spawn-bound.ts'
import { startRedis } from '../testing/redis-server.ts'
import { openClient } from '../../web/sdk/client.ts'
import { openWorld } from '../world/world.ts'

const WATCH_SECONDS = 6

describe.concurrent('npm run verify', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    if (await isStale()) await buildWeb()
  })

  it('finds no fault in the world, also while a region is drained, and leaves no message and nobody behind', async ({
    expect,
    onTestFinished
  }) => {
    const world = await openWorld({ checkEveryMs: 500 })
    onTestFinished(() => world.close())
    const [ams] = await world.regions()
    const url = ams?.url ?? ''
    const run = verify(url, '--watch', `${WATCH_SECONDS}`, '--stopped', '1')
    await run.says(/watching for/)
    await world.press('nrt', 'drain')
    await world.press('nrt', 'start')
    const { code, printed } = await run.ended

    expect(printed.match(/^[✓✗–] [^:]+: .*$/gm)).toEqual([
      '✓ page: GET / gives 200: protected by its content security policy',
      '✓ regions: 3 answer: ams (machineams), iad (machineiad), nrt (machinenrt)',
      expect.stringMatching(/^✓ ready: .* 3 regions/),
      '✓ native clients: 6 of taifas/client: 2 in each region',
      expect.stringMatching(/^✓ compatible clients: 12 of socket.io-client/),
      expect.stringMatching(/^✓ order: \d{2,} messages of 6 people .* one order on 6 screens, 0 lost, 0 repeated/),
      expect.stringMatching(/^✓ lobby: 12 messages .* one order in three protocols for 18 clients/),
      expect.stringMatching(/^✓ presence: 6 people/),
      expect.stringMatching(/^✓ joins and leaves: .* \d\.\d\d s and \d\.\d\d s/),
      expect.stringMatching(/^✓ polling: 20 of 20 .* \d{2,} requests and upgrades went to 3 regions in turn/),
      expect.stringMatching(/^✓ deploy: 2 of 6 people were moved, .* 0 lost, 0 repeated, nobody shown as gone/),
      expect.stringMatching(/^– Redis, scripts: .*--redis-url/),
      expect.stringMatching(/^✓ cleanup: \d{2,} messages: removed/),
      expect.stringMatching(/^– Redis, idle: .*--redis-url/),
      expect.stringMatching(/^✓ stopped: after 1 s .*: ams \d.*, iad \d.*, nrt \d/)
    ])
    expect(code).toBe(0)

    // Nothing is faster than the distances: from here in ams to the machine, and from there to Redis in iad.
    const rows = [...printed.matchAll(/^ {2}(ams|iad|nrt) {2,}(.*)$/gm)].map(([, from = '', cells = '']) => {
      const p50s = cells.split(/ {2,}/).map((cell) => Number(cell.split(' / ')[0]))
      return { from, acknowledged: p50s[3] ?? 0, seen: p50s.slice(0, 3) }
    })
    expect(rows.map(({ from }) => from)).toEqual(['ams', 'iad', 'nrt'])
    for (const { from, acknowledged, seen } of rows) {
      expect(acknowledged).toBeGreaterThanOrEqual(roundTripMs('ams', from) + roundTripMs(from, 'iad') - 1)
      for (const [n, to] of ['ams', 'iad', 'nrt'].entries())
        expect(seen[n]).toBeGreaterThanOrEqual((roundTripMs('ams', from) + roundTripMs('ams', to)) / 2)
    }

    const messages = (await (await fetch(`${url}/api/messages`)).json()) as unknown[]
    expect(messages).toEqual([])
    await expect
      .poll(async () => (await fetch(`${url}/api/presence`)).json(), { timeout: 15_000 })
      .toMatchObject({ everywhere: { count: 0 } })
    console.log([/^✓ (joins|deploy).*/gm, /^From sending[^]*?\n\n/gm].flatMap((part) => printed.match(part)).join('\n'))
  })

  it('names the region that has another Redis and replays nothing', async ({ expect, onTestFinished }) => {
    const cluster = await openCluster({}, onTestFinished)
    const other = await startRedis()
    onTestFinished(() => other.stop())
    const start = (region: string, isOnFly: boolean, redisUrl = cluster.redis.url) =>
      cluster.start(`machine${region}`, { region, redisUrl, config: { ...UNLIMITED_RATE, isOnFly } })
    const servers = [await start('ams', true), await start('iad', true), await start('nrt', false, other.url)]
    await untilReady(...servers)
    const edge = await openEdge({
      machines: servers.map(({ url, config }) => ({ id: config.instance, region: config.region, url })),
      regions: ['ams'],
      roundTripMs: (from, to) => (from === to ? 0 : 1)
    })
    onTestFinished(() => edge.close())

    const options = ['--regions', 'ams,iad,nrt,syd', '--no-lobby', '--stopped', '1']
    const { code, printed } = await verify(edge.urls['ams'] ?? '', ...options).ended
    expect(code).toBe(1)
    const failed = [...printed.matchAll(/^✗ ([^:]+): .*\n((?: {4}.*\n)+)/gm)]
    expect(failed.map(([, title, complaints]) => [title, complaints])).toEqual([
      ['regions', expect.stringContaining("syd doesn't answer")],
      [
        'order',
        expect.stringMatching(/^ {4}(\d+) of \1 never arrived from ams in nrt: do both have the same REDIS_URL\?$/m)
      ],
      ['presence', expect.stringMatching(/(ams|iad) \d .* doesn't see nrt \d/)],
      ['joins and leaves', expect.stringMatching(/doesn't see nrt newcomer/)],
      ['polling', expect.stringMatching(/\d+ of 20 can't connect/)],
      ['stopped', expect.stringMatching(/syd is not started; (ams|iad|nrt) answers instead/)]
    ])
    expect(printed).toMatch(/^– lobby: .*--no-lobby/m)
  })

  it('says what it skips on a single machine with invite-only access, and counts the commands of its Redis', async ({
    expect,
    onTestFinished
  }) => {
    const cluster = await openCluster({}, onTestFinished)
    const config = { ...UNLIMITED_RATE, access: 'invite', guestProtocols: false } as const
    const { url, ownerLink } = await cluster.start('only', { config })
    await untilReady({ url })
    const owner = await openClient({
      url,
      token: (await signIn(url, 'Olga', { owner: await ownerLink.offer() })).token
    })
    const { code: invitation } = await owner.invite({ uses: 20, lastsMs: 3_600_000 })
    await owner.close()
    const options = ['--redis-url', cluster.redis.url, '--idle-seconds', '2', '--invitation', invitation]
    const { code, printed } = await verify(url, ...options).ended
    expect(printed.match(/^–.*$/gm)).toEqual([
      expect.stringMatching(/^– compatible clients: .*GUEST_PROTOCOLS=off/),
      expect.stringMatching(/^– lobby: .*GUEST_PROTOCOLS=off/),
      expect.stringMatching(/^– polling: /),
      expect.stringMatching(/^– deploy: /),
      expect.stringMatching(/^– stopped: .*--stopped/)
    ])
    expect(printed).toMatch(/^✓ Redis, scripts: TIME: a script reads the clock and writes afterwards$/m)
    expect(printed).toMatch(/^✓ Redis, idle: \d commands in 2 s/m)
    console.log(printed.match(/^✓ Redis.*$/gm)?.join('\n'))
    expect(code).toBe(0)
  })

  it('says in one sentence what is wrong with an address', async ({ expect, onTestFinished }) => {
    const stranger = createServer((_, answer) => answer.end('hello'))
    const chat = new Server(stranger)
    stranger.listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    onTestFinished(() => chat.close())
    const other = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`
    const tries = ['your-app', other, 'http://localhost:1'].map(async (address) => {
      const { code, printed } = await verify(address).ended
      expect(code).toBe(1)
      return printed
    })
    expect(await Promise.all(tries)).toEqual([
      expect.stringMatching(/^"your-app" is not an address; write it like https:/),
      expect.stringMatching(/answers, but it is not a Taifas: GET \/health\/live gave 200/),
      expect.stringMatching(/^http:\/\/localhost:1 can't be reached: /)
    ])
  })
})

/** The program as `npm run verify -- …` starts it. */
function verify(...args: string[]) {
  const child = spawn(...bound(process.execPath, ['infra/verify/main.ts', ...args]), {
    cwd: join(import.meta.dirname, '../..'),
    env: { PATH: process.env['PATH'] }
  })
  let printed = ''
  const heard = new EventTarget()
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      heard.dispatchEvent(new Event('more'))
    })
  const ended = once(child, 'close').then(([code]: unknown[]) => ({ code, printed }))
  return {
    ended,
    /** Resolves when it has printed that. @throws when it ends without */
    async says(what: RegExp) {
      while (!what.test(printed)) {
        await Promise.race([once(heard, 'more'), ended])
        if (child.exitCode !== null && !what.test(printed)) throw new Error(`it ended: ${printed}`)
      }
    }
  }
}
