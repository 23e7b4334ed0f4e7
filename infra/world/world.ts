// `npm run world`: three regions on this computer. A real Redis and its REST proxy, an instance for each region as a process, real
// distances between all of them, the edge before them, and a page that shows it and can break it.
import { stop as stopEsbuild } from 'esbuild'
import { buildWeb, isStale } from '../build/build.ts'
import { CITIES, roundTripMs } from './distance.ts'
import { NO_WAKING } from './edge-machines.ts'
import { openEdge } from './edge.ts'
import { readOptions } from '../dev/options.ts'
import { openRedisRest } from './redis-rest.ts'
import { startRedis } from '../testing/redis-server.ts'
import { openProxy } from '../testing/tcp-proxy.ts'
import { openWorldMachine } from './machine.ts'
import { TALK_EVERY_MS, talk } from './talk.ts'
import { openWorldPage, type Operation, type RegionState, type World } from './page.ts'

const DEFAULT_REGIONS = ['ams', 'iad', 'nrt']
const REDIS_REGION = 'iad'
const PAGE_PORT = 4_000
const TOKEN = 'a-token-for-this-world'
/** An instance is ready when it has heard itself through Redis. */
const READY_WITHIN_MS = 20_000
const LOOK_EVERY_MS = 100
const ASK_WITHIN_MS = 2_000

const USAGE = `npm run world -- [options]
  --regions ${DEFAULT_REGIONS.join()}   some of ${[...CITIES.keys()].join()}
  --port ${PAGE_PORT}             of the page; the regions take the next ones
  --check-every-ms 15000  how often the edge checks the instances
  --talk                  two people in each region talk first, and how long their messages take is printed
  --talk-every-ms ${TALK_EVERY_MS}     how often each of them does`

export interface WorldOptions {
  /** Of the page; the regions take the next ones. Any free ones when left out. */
  port?: number
  /** Some that infra/world/distance.ts knows. */
  regions?: readonly string[]
  checkEveryMs?: number
}

/** @throws when redis-server isn't there, a port is taken, or a region isn't known */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const { port = 0, regions = DEFAULT_REGIONS, checkEveryMs } = options
  const unknown = regions.filter((region) => !CITIES.has(region))
  if (unknown.length > 0) throw new Error(`No distance to ${unknown.join()}; known are ${[...CITIES.keys()].join()}.`)
  const endings: (() => unknown)[] = []
  const redis = await startRedis({ aof: true })
  endings.push(() => redis.stop())
  const rest = await openRedisRest({ redisUrl: redis.url, token: TOKEN })
  endings.push(() => rest.close())
  const places = await Promise.all(regions.map((region) => openPlace(region)))
  const edge = await openEdge({
    machines: places.map(({ region, machine: { url, onDemand } }) => ({
      id: machineOf(region),
      region,
      url,
      onDemand
    })),
    regions,
    roundTripMs,
    ...(port > 0 && { ports: Object.fromEntries(regions.map((region, n) => [region, port + n + 1])) }),
    ...(checkEveryMs !== undefined && { checkEveryMs })
  })
  endings.push(() => edge.close())

  async function openPlace(region: string) {
    const delayMs = roundTripMs(region, REDIS_REGION) / 2
    const ways = [await openProxy(redis.url, { delayMs }), await openProxy(rest.url, { delayMs })] as const
    endings.push(() => Promise.all(ways.map((way) => way.close())))
    const machine = await openWorldMachine(
      {
        FLY_APP_NAME: 'world',
        FLY_REGION: region,
        FLY_MACHINE_ID: machineOf(region),
        REDIS_URL: ways[0].url,
        UPSTASH_REDIS_REST_URL: ways[1].url,
        UPSTASH_REDIS_REST_TOKEN: TOKEN,
        SESSION_SECRET: 'no secret at all, for this world is a toy'
      },
      () => edge.check()
    )
    let network: RegionState['network'] = 'open'
    const operations: Record<Operation, () => unknown> = {
      // Anyone who presses these wants to see a region without its machine, until they press start.
      kill: () => machine.kill('gone'),
      drain: () => machine.drain('gone'),
      crash: () => machine.kill(null),
      stop: () => machine.drain('sleeps'),
      async start() {
        await machine.start()
        await edge.check()
      },
      stall: () => machine.stall(),
      wake: () => machine.resume(),
      cut() {
        network = 'cut'
        for (const way of ways) way.cut()
        edge.cut(region)
      },
      mend() {
        network = 'open'
        for (const way of ways) way.mend()
        edge.mend(region)
      },
      restart: () => edge.restart(region)
    }
    return { region, machine, operations, network: () => network }
  }

  async function stateOf({ region, machine, network }: (typeof places)[number]): Promise<RegionState> {
    const url = edge.urls[region] ?? ''
    const begun = performance.now()
    const live = await ask<{ region: string }>(`${url}/health/live`)
    const ms = Math.round(performance.now() - begun)
    const presence = live && (await ask<{ everywhere: { regions: Record<string, number> } }>(`${url}/api/presence`))
    return {
      region,
      city: CITIES.get(region) ?? region,
      url,
      machine: machine.state(),
      pid: machine.pid(),
      network: network(),
      healthy: edge.healthy(machineOf(region)),
      served: live && { by: live.region, ms },
      people: presence?.everywhere.regions ?? null,
      roundTrips: Object.fromEntries([
        ...regions.map((other) => [other, roundTripMs(region, other)]),
        ['Redis', roundTripMs(region, REDIS_REGION)]
      ])
    }
  }

  const world = {
    regions: () => Promise.all(places.map(stateOf)),
    async press(region: string, operation: Operation) {
      await places.find((place) => place.region === region)?.operations[operation]()
    }
  }
  const deadline = performance.now() + READY_WITHIN_MS
  while (!regions.every((region) => edge.healthy(machineOf(region))) && performance.now() < deadline) {
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS))
    await edge.check()
  }
  const page = await openWorldPage(world, port)
  endings.push(() => page.close())
  // First of all, so that none is started again by what happens to the others.
  endings.push(() => Promise.all(places.map(({ machine }) => machine.close())))
  return {
    ...world,
    url: page.url,
    redisUrl: redis.url,
    async close() {
      for (const end of endings.toReversed()) await end()
    }
  }
}

const machineOf = (region: string) => `machine${region}`

/** What a region says, or null when it says nothing in time. */
async function ask<T>(url: string): Promise<T | null> {
  const answer = await fetch(url, {
    headers: { [NO_WAKING]: '' },
    signal: AbortSignal.timeout(ASK_WITHIN_MS)
  }).catch(() => null)
  return answer?.ok ? ((await answer.json()) as T) : null
}

async function main() {
  const { values } = readOptions(USAGE, {
    options: {
      port: { type: 'string', default: `${PAGE_PORT}` },
      regions: { type: 'string', default: DEFAULT_REGIONS.join() },
      'check-every-ms': { type: 'string' },
      talk: { type: 'boolean', default: false },
      'talk-every-ms': { type: 'string', default: `${TALK_EVERY_MS}` }
    }
  })
  let world: World | null = null
  let ended = false
  // One press of Ctrl-C may arrive more than once; the instances hear it too, and are ended all the same.
  const end = async () => {
    if (ended) return
    ended = true
    await world?.close()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end())
  try {
    if (await isStale()) await buildWeb()
    // Its own process would otherwise stay beside the world.
    await stopEsbuild()
    const checkEveryMs = values['check-every-ms']
    world = await openWorld({
      port: Number(values.port),
      regions: values.regions.split(','),
      ...(checkEveryMs && { checkEveryMs: Number(checkEveryMs) })
    })
    if (ended) return await world.close()
    console.log(`The world is at ${world.url}`)
    console.log(`  Redis ${world.redisUrl}`)
    const all = await world.regions()
    for (const { region, url } of all) console.log(`  ${region}  ${url}`)
    const places = all.map(({ region, url }) => ({ name: region, url, machines: [machineOf(region)] }))
    if (values.talk) console.log(await talk(places, REDIS_REGION, Number(values['talk-every-ms'])))
  } catch (cause) {
    console.error(cause instanceof Error ? cause.message : cause)
    process.exit(1)
  }
}

if (process.argv[1] === import.meta.filename) await main()
