// The presence bounds of the README in real time: four instances as processes on one Redis, and how long their clients take to learn of
// each kind of join and departure. Everything happens at once, so that the test waits only once.
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { measureBounds } from '../bounds.ts'
import { untilReady } from '../chat-server.ts'
import { openCluster } from '../cluster.fixture.ts'
import { openCrowd, type How, type Somebody } from '../crowd.ts'
import { until } from '../until.ts'
import { openWatcher, type Seen, type Watcher } from '../watcher.ts'
import { presenceTiming } from '../../../src/presence/timing.ts'
import { LOBBY } from '../../../src/contract.ts'

const RELOAD_MS = 500
const BLIP_MS = 5_000
/** The time a reconnect may take. The grace period is not much longer than a blip. */
const BACK_WITHIN_MS = 300
/** Longer than any event can take. */
const PATIENCE_MS = 45_000

it('every join and departure is shown everywhere within its bound, and nothing else is shown as one', async () => {
  const cluster = await openCluster()
  const watchers: Watcher[] = []
  const [ams, iad, nrt, fra] = await Promise.all([
    cluster.startProcess('ams'),
    cluster.startProcess('iad'),
    cluster.startProcess('nrt'),
    cluster.startProcess('fra')
  ])
  await untilReady(ams, iad, nrt, fra)
  let open = [ams.url, iad.url]
  const crowd = openCrowd(() => open)
  onTestFinished(() => {
    crowd.close()
    for (const watcher of watchers) watcher.close()
  })
  // Two on instances that keep running, and one on the instance that is killed.
  for (const [n, { url }] of [ams, iad, nrt].entries()) watchers.push(await openWatcher(url, `watcher ${n}`, [LOBBY]))
  const bounds = measureBounds({
    'a join': 2_000,
    said: 2_000,
    'page closed': 4_000,
    'lost, from when the wire closed': 8_000,
    'killed instance': 20_000
  })
  /** Each of these watchers receives it, with the native protocol and, for the lobby, with the classic one. */
  async function seen(
    what: Parameters<typeof bounds.note>[0],
    change: string,
    name: string,
    after: number,
    by = watchers
  ) {
    for (const watcher of by)
      for (const room of [LOBBY, 'classic']) {
        const isIt = (one: Seen) => one.change === change && one.name === name && one.room === room
        const wasSeen = () => watcher.seen.find((one) => isIt(one) && one.at >= after)
        const { at } = await until(`${watcher.name} to see in ${room} that ${name} ${change}`, wasSeen, PATIENCE_MS)
        bounds.note(what, at - after)
      }
  }
  async function comes(name: string, url: string, native = true) {
    const somebody = crowd.somebody(name, native)
    const { askedAt } = await somebody.come(url)
    await seen('a join', 'joined', name, askedAt)
    return somebody
  }

  /** Resolves with the names of people who could not return in time on a busy machine, and were really away. */
  async function backAfter(who: Somebody, how: How, ms: number, url: string): Promise<string[]> {
    const left = performance.now()
    who.go(how)
    await wait(ms)
    const { askedAt } = await who.come(url)
    return askedAt - left > ms + BACK_WITHIN_MS ? [who.name] : []
  }

  const [[stays, reloads, blips, rolls, guest, phone], victims, goers] = await Promise.all([
    Promise.all([
      comes('stays', iad.url),
      comes('reloads', ams.url),
      comes('blips', iad.url),
      comes('rolls', fra.url),
      comes('guest', fra.url, false),
      comes('phone and laptop', ams.url)
    ]),
    Promise.all(['one', 'two', 'guest'].map((name) => comes(`killed ${name}`, nrt.url, name !== 'guest'))),
    Promise.all(
      (['said', 'closed', 'lost'] as const).flatMap((how) =>
        [ams, iad].map(async ({ url }, n) => ({ how, who: await comes(`${how} ${n}`, url) }))
      )
    )
  ])

  const survivors = watchers.slice(0, 2)
  const begun = performance.now()
  const departures = goers.map(({ how, who }) => {
    who.go(how)
    const what = { said: 'said', closed: 'page closed', lost: 'lost, from when the wire closed' } as const
    return seen(what[how], 'left', who.name, begun, survivors)
  })
  // A reload announces a closed page and returns; a blip is longer and announces nothing; a phone and a laptop are two connections.
  const returns = [
    backAfter(reloads, 'closed', RELOAD_MS, ams.url),
    backAfter(phone, 'closed', RELOAD_MS, iad.url),
    backAfter(blips, 'lost', BLIP_MS, ams.url)
  ]

  // A rolling restart: its people reconnect elsewhere by themselves, under the same names.
  const rolled = (async () => {
    expect(await fra.end('SIGTERM')).toBe(0)
    await untilReady(await cluster.startProcess('fra'))
  })()

  await wait(1_000)
  const killedAt = performance.now()
  await nrt.end('SIGKILL')
  for (const victim of victims) victim.go('lost')
  const killed = [...victims.map(({ name }) => name), 'watcher 2'].map((name) =>
    seen('killed instance', 'left', name, killedAt, survivors)
  )
  await Promise.all([...returns, rolled, ...departures, ...killed])
  // Any departure in grace has been announced by now, and the lease of the restarted instance has expired.
  await wait(Math.max(0, begun + presenceTiming.leaseMs + presenceTiming.renewMs + 1_000 - performance.now()))
  for (const survivor of survivors) {
    const names = (await survivor.look(LOBBY)).people.map(({ name }) => name).toSorted()
    expect(names).toEqual([...crowd.names(LOBBY), 'watcher 0', 'watcher 1'].toSorted())
    expect(survivor.seen.findLast(({ room }) => room === 'classic')?.numUsers).toBe(names.length)
    // Each person of the killed instance has left once, in either protocol, and has not joined again.
    for (const victim of victims) {
      const seen = survivor.seen.filter(({ at, name }) => at > begun && name === victim.name)
      expect(seen.map(({ change, room }) => `${change} ${room}`).toSorted()).toEqual(['left classic', `left ${LOBBY}`])
    }
  }
  const slow = (await Promise.all(returns)).flat()
  const innocent = [stays, reloads, blips, rolls, guest, phone]
    .map(({ name }) => name)
    .filter((name) => !slow.includes(name))
  const flaps = watchers.flatMap(({ seen }) => seen.filter(({ at, name }) => at > begun && innocent.includes(name)))
  console.log(
    `reload, ${BLIP_MS / 1_000} s blip, phone and laptop, rolling restart: ${flaps.length} of ${innocent.length} seen going or coming`
  )
  expect(flaps).toEqual([])
  bounds.check('presence in real time, four processes:')
})
