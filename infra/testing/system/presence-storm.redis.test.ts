// Three instances as processes on one Redis with a REST endpoint, three hundred simulated people who join, leave and move, and all
// faults of instances and store. Presence runs five times faster here. The simulated people know who is really present; at each quiet
// moment every view and every count of every instance is compared with that.
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../../dev/free-port.ts'
import { openRedisRest, type RedisRest } from '../../world/redis-rest.ts'
import { measureBounds } from '../bounds.ts'
import { lookInto } from '../chat-server.ts'
import { closeClients } from '../clients.ts'
import type { Absence, How, Somebody } from '../crowd.ts'
import { endLease, leasesIn, faster } from '../presence-simulation.ts'
import { openPresenceFixture } from '../presence-fixture.ts'
import { startRedis, type RedisServer } from '../redis-server.ts'
import { LOBBY } from '../../../src/contract.ts'
import { createPresenceRedis } from '../../../src/presence/redis.ts'

const FASTER = 5
const timing = faster(FASTER)
/** The part of the bounds that does not shrink with the timings: delivery from one client to another. */
const WAY_MS = 2_000
/** Twice, so 50 s of life. */
const CHURN_MS = 25_000 / FASTER
/** The seed of all random choices. */
const SEED = Number(process.env['SEED'] ?? Math.trunc(Math.random() * 2 ** 31))
const OUTAGE_MS = 1.25 * timing.leaseMs
const TOKEN = 'a token for this test'
const AT_ONCE = 25
/** Absences up to these are shown to nobody: after a lost connection, and after the end of an instance. */
const BLIP_MS = timing.lostGraceMs / 3
const RESTART_MS = timing.leaseMs / 2

const promises = {
  'a join': WAY_MS,
  said: WAY_MS,
  closed: timing.closedGraceMs + WAY_MS,
  lost: timing.lostGraceMs + WAY_MS,
  'killed instance': timing.leaseMs + timing.renewMs + WAY_MS / 2,
  'all is right after churn': timing.lostGraceMs + WAY_MS,
  'all is right after an outage of the store': timing.leaseMs + timing.renewMs + WAY_MS / 2
}
const bounds = measureBounds(promises)

let redis: RedisServer
let rest: RedisRest
let inside: Awaited<ReturnType<typeof lookInto>>
const fixture = openPresenceFixture({
  regions: ['ams', 'iad', 'nrt'],
  rooms: ['garden', 'pond'],
  env: () => ({
    REDIS_URL: redis.url,
    UPSTASH_REDIS_REST_URL: rest.url,
    UPSTASH_REDIS_REST_TOKEN: TOKEN,
    SESSION_SECRET: 'one secret for all instances of this test',
    PRESENCE_FASTER: String(FASTER)
  })
})
const { crowd, faults } = fixture

/** Stayers never leave, movers join and leave, guests have only a name. All rooms are small enough to list everyone. */
const stayers = some(40, 'stayer', true)
const movers = some(180, 'mover', true)
const guests = some(80, 'guest', false)
const away = new Set<Somebody>([...stayers, ...movers, ...guests])
/** Absences that took too long because this machine is busy. */
let tooSlow = 0
let drawn = SEED

beforeAll(async () => {
  redis = await startRedis()
  inside = await lookInto(redis.url)
  rest = await openRedisRest({ redisUrl: redis.url, token: TOKEN, port: await freePort() })
  await fixture.open()
})
afterAll(async () => {
  await fixture.close()
  closeClients()
  inside.destroy()
  await rest.close()
  await redis.stop()
})

it(
  'the views stay correct through joins, leaves, restarts and faults of three hundred people',
  { timeout: 240_000 },
  async () => {
    console.log(`seed ${SEED}`)
    await quietAfter('three hundred come', comeAll)
    await quietAfter('coming, moving and leaving', () => churn(CHURN_MS))
    await quietAfter('they come back', comeAll)

    await quietAfter('a rolling restart of all three', async () => {
      const since = performance.now()
      const ends: number[] = []
      for (const region of ['ams', 'iad', 'nrt']) {
        ends.push(performance.now())
        await fixture.end(region, 'SIGTERM')
        await fixture.start(region)
      }
      // Any departure in grace would be announced by then. Guests, who return with only a name, are not announced either.
      await wait(timing.leaseMs + timing.renewMs)
      // The lease that still names them expires a while after the signal, however long the instance takes to drain.
      const isInTime = ({ lostAt, backAt }: Absence) => backAt - (ends.findLast((at) => at <= lostAt) ?? 0) < RESTART_MS
      noneSeen('rolling restart', since, crowd.everyone(), isInTime)
    })

    await quietAfter('an instance is killed', async () => {
      const since = performance.now()
      const doomed = movers.filter((who) => isSeen(who) && who.url === fixture.url('iad')).slice(0, 10)
      const killed = fixture.end('iad', 'SIGKILL')
      for (const who of doomed) goes(who, 'lost')
      await killed
      for (const { name } of doomed)
        for (const ms of await fixture.untilSeen('left', name, since)) bounds.note('killed instance', ms)
      noneSeen('killed', since, [...stayers, ...movers.filter((who) => !away.has(who))], within(RESTART_MS))
      await fixture.start('iad')
      await comeAll()
    })

    await quietAfter('a write of a dead boot arrives after its machine has started anew', async () => {
      const store = createPresenceRedis({
        ask: (command) => inside.sendCommand(command),
        client: null,
        prefix: 'taifas'
      })
      const ofNrt = async () => (await leasesIn(store)).find(({ instance }) => instance === 'machinenrt')
      const old = await ofNrt()
      if (!old) throw new Error('nrt has no lease')
      const since = performance.now()
      await fixture.end('nrt', 'SIGKILL')
      await fixture.start('nrt')
      expect((await ofNrt())?.boot).not.toBe(old.boot)
      const late = { ...old, version: old.version + 1, rooms: new Map([[LOBBY, ghosts()]]) }
      await store.renew(late, timing.leaseMs)
      await wait(2 * timing.renewMs)
      await endLease(store, old.instance, old.boot)
      expect((await ofNrt())?.boot).not.toBe(old.boot)
      const seen = fixture.watchers().flatMap(({ seen }) => seen.filter(({ name }) => name === 'Ghost'))
      expect(seen).toEqual([])
      noneSeen('late write', since, stayers, within(RESTART_MS))
    })

    await outage('Redis stands still', async () => {
      redis.kill('SIGSTOP')
      await wait(OUTAGE_MS)
      redis.kill('SIGCONT')
    })
    await outage('Redis is killed and comes back without its memory', async () => {
      redis.kill('SIGKILL')
      await wait(OUTAGE_MS)
      await redis.restart()
      await fixture.makeRooms()
    })
    await outage('Redis is full', async () => {
      await inside.sendCommand(['CONFIG', 'SET', 'maxmemory', '1'])
      await wait(OUTAGE_MS)
      await inside.sendCommand(['CONFIG', 'SET', 'maxmemory', '0'])
    })
    await outage('the REST server is down', async () => {
      const { port } = rest
      await rest.close()
      await wait(OUTAGE_MS)
      rest = await openRedisRest({ redisUrl: redis.url, token: TOKEN, port })
    })

    await quietAfter('coming, moving and leaving again', () => churn(CHURN_MS))
    await quietAfter('all go', async () => crowd.everyone().forEach((who) => goes(who, 'said')))
    bounds.check(`presence ${FASTER} times faster than life, three processes, three hundred people:`)
    console.log(
      `  ghosts, flaps, missing people and wrong numbers: ${faults.length}; back too late to count: ${tooSlow}`
    )
    expect(faults).toEqual([])
  }
)

/** Runs `work`, waits until every view is correct, and checks the counts that clients receive. */
async function quietAfter(
  title: string,
  work: () => Promise<unknown>,
  what: 'all is right after churn' | 'all is right after an outage of the store' = 'all is right after churn',
  begun?: number
) {
  const start = performance.now()
  await work()
  const before = begun === undefined ? 0 : performance.now() - begun
  const ms = await fixture.settle(title, 2 * promises[what])
  if (ms !== null) bounds.note(what, before + ms)
  await fixture.countAloud(title)
  console.log(
    `${title}: ${((performance.now() - start) / 1_000).toFixed(1)} s, right after ${Math.round(ms ?? NaN)} ms`
  )
}

/**
 * A fault of the store. No join or leave is announced, then or later, not even for people who lose their connection meanwhile. A few
 * people really leave, and are gone afterwards.
 */
async function outage(title: string, work: () => Promise<void>) {
  const since = performance.now()
  for (const who of movers.slice(0, 3)) goes(who, 'said')
  const here = crowd.everyone()
  const blinking = Promise.all(stayers.slice(0, 5).map((who) => who.move(crowd.anyPlace(who.url))))
  await work()
  const back = performance.now()
  await blinking
  await fixture.untilFresh()
  const recoveredMs = performance.now() - back
  bounds.note('all is right after an outage of the store', recoveredMs)
  await quietAfter(title, async () => {})
  // A premature departure would be announced by now.
  await wait(timing.renewMs)
  // An instance that is sure of the store again lets people go whom a slower one has, and could not say so: on a busy machine only.
  noneSeen(title, since, here, within(recoveredMs < timing.lostGraceMs ? BLIP_MS : 0))
  await comeAll()
  // They are in all of their rooms before the next check.
  await fixture.settle(`${title}, and they come back`, 2 * promises['all is right after churn'])
}

/** Joins, leaves and moves at random: each person leaves once at most, and nobody who moved is announced. */
async function churn(ms: number) {
  const since = performance.now()
  const moved: Somebody[] = []
  const operations: Promise<unknown>[] = []
  const here = shuffled([...movers, ...guests].filter(isSeen))
  const goers = here.slice(0, here.length / 3)
  const comers = shuffled([...away])
  const others = here.filter((who) => movers.includes(who) && !goers.includes(who))
  const hows: How[] = ['said', 'closed', 'lost']
  while (performance.now() - since < ms) {
    const goer = goers.pop()
    const how = hows[Math.trunc(lot() * hows.length)] ?? 'said'
    if (goer) {
      const gone = measured(goes(goer, how), goer, 'left', performance.now())
      operations.push(lot() < 0.5 ? gone.then(() => comes(goer)) : gone)
    }
    const comer = comers.pop()
    if (comer) operations.push(comes(comer))
    const mover = others.pop()
    if (mover && lot() < 0.5) {
      moved.push(mover)
      operations.push(mover.move(crowd.anyPlace(mover.url)))
    } else if (mover) {
      operations.push(mover.rooms.has('pond') ? mover.leave('pond') : mover.enter('pond'))
    }
    await wait(ms / 100)
  }
  await Promise.all(operations)
  noneSeen('churn', since, [...stayers, ...moved], within(BLIP_MS))
}

function noneSeen(...[title, since, people, isInTime]: Parameters<typeof fixture.noneSeen>) {
  tooSlow += fixture.noneSeen(title, since, people, isInTime)
}

const within =
  (ms: number) =>
  ({ lostAt, backAt }: Absence) =>
    backAt - lostAt < ms

async function measured(
  what: keyof typeof promises,
  who: Somebody,
  change: 'joined' | 'left',
  since: number,
  begun = since
) {
  // Somebody who is back in a room before its watchers saw the departure never left it, as far as they show.
  const rooms = change === 'left' ? { rooms: [...who.rooms] } : {}
  for (const ms of await fixture.untilSeen(change, who.name, since, { begun, ...rooms })) bounds.note(what, ms)
}

async function comes(who: Somebody) {
  away.delete(who)
  const begun = performance.now()
  const n = Number(who.name.split(' ')[1])
  // The lobby always exists. A store that lost its data lost the other rooms, which refuse people until they are created again.
  const rooms = movers.includes(who) ? [n % 2 ? 'garden' : 'pond', ...(n % 3 ? [] : [LOBBY])] : [LOBBY]
  const { askedAt } = await who.come(crowd.anyPlace(), rooms)
  await measured('a join', who, 'joined', askedAt, begun)
}

async function comeAll() {
  const all = [...away]
  while (all.length > 0) await Promise.all(all.splice(0, AT_ONCE).map(comes))
}

/** Returns the kind of departure by which it is measured: compatible clients always disconnect on purpose. */
function goes(who: Somebody, how: How): How {
  away.add(who)
  who.go(how)
  return who.native ? how : 'said'
}

/** People without a room, or away, are shown to nobody, so that no departure is announced. */
const isSeen = (who: Somebody) => !away.has(who) && who.rooms.size > 0

/** From 0 to 1, by a linear congruence. */
function lot(): number {
  drawn = (Math.imul(drawn, 1_664_525) + 1_013_904_223) >>> 0
  return drawn / 2 ** 32
}

function shuffled<T>(list: T[]): T[] {
  return list
    .map((one) => ({ one, place: lot() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ one }) => one)
}

function some(count: number, kind: string, native: boolean): Somebody[] {
  return Array.from({ length: count }, (_, n) => crowd.somebody(`${kind} ${n}`, native))
}

function ghosts() {
  return { count: 1, keys: ['ghost'], people: [{ key: 'ghost', name: 'Ghost', guest: true, region: 'nrt' }] }
}
