// How soon typing and messages are seen, in our own words and the classic ones, with Redis as far away as another continent.
import { expect, it } from 'vitest'
import { untilReady } from '../chat-server.ts'
import { connectNative } from '../clients.ts'
import { openCluster } from '../cluster.fixture.ts'
import { LOBBY, newId, type EventList } from '../../../src/contract.ts'
import { READERS_AWAY_MS } from '../../../src/log/redis/scripts/append.ts'
import { percentile } from '../statistics.ts'
import { until } from '../until.ts'

/** There and back, of each instance to Redis. */
const ROUND_TRIPS_MS = { near: 2, far: 80 }
const IN_REGION_MS = 300
/** Beside two round trips to Redis. */
const ELSEWHERE_MS = 150
const TIMES = 5
/** A busy room delivers a list so often. */
const LIST_EVERY_MS = 25

it('typing is seen in the region at once, and elsewhere after two round trips to Redis; two messages at once are seen elsewhere without another one between them', async () => {
  const cluster = await openCluster()
  const start = async (name: keyof typeof ROUND_TRIPS_MS) => {
    const way = await cluster.way({ delayMs: ROUND_TRIPS_MS[name] / 2 })
    return cluster.start(name, { redisUrl: way.url })
  }
  const [near, far] = [await start('near'), await start('far')]
  await untilReady(near, far)
  const receivers = await Promise.all(
    [near, far].map(async ({ url }, n) => {
      const native = await connectNative(url, `receiver ${n}`)
      await native.ask('room:open', { room: LOBBY })
      return { native, guest: await cluster.guest(url, `guest ${n}`) }
    })
  )

  const worst = { here: 0, there: 0 }
  for (const [n, { url }] of [near, far].entries()) {
    const typist = await connectNative(url, `typist ${n}`)
    await typist.ask('room:open', { room: LOBBY })
    const name = `typist ${n}`
    for (let time = 0; time < TIMES; time += 1) {
      for (const on of [true, false]) {
        const since = performance.now()
        await typist.ask('typing:set', { room: LOBBY, on })
        await Promise.all(
          receivers.map(async ({ native, guest }, place) => {
            await native.next<{ who: { name: string }; on: boolean }>(
              'typing:changed',
              (said) => said.who.name === name
            )
            await guest.next<{ username: string }>(on ? 'typing' : 'stop-typing', ({ username }) => username === name)
            const where = place === n ? 'here' : 'there'
            worst[where] = Math.max(worst[where], performance.now() - since)
          })
        )
      }
    }
  }
  const promised = 2 * ROUND_TRIPS_MS.far + ELSEWHERE_MS
  console.log(
    `typing: in the region ${worst.here.toFixed(0)} ms at worst (promise ${IN_REGION_MS}), elsewhere ${worst.there.toFixed(0)} ms (promise ${promised})`
  )
  expect(worst.here).toBeLessThan(2 * IN_REGION_MS)
  expect(worst.there).toBeLessThan(2 * promised)

  const [writer, reader] = receivers.map(({ native }) => native)
  const shownAt = new Map<string, number>()
  reader?.socket.on('room:events', ({ events }: EventList) => {
    for (const { id } of events) shownAt.set(id, performance.now())
  })
  const gaps: number[] = []
  for (let time = 0; time < TIMES; time += 1) {
    const [first, second] = [newId(), newId()]
    for (const id of [first, second]) await writer?.ask('message:send', { room: LOBBY, id, text: 'at once' })
    await until('both to be shown', () => shownAt.has(first) && shownAt.has(second))
    gaps.push((shownAt.get(second) ?? NaN) - (shownAt.get(first) ?? NaN))
    await new Promise((done) => setTimeout(done, READERS_AWAY_MS))
  }
  const gap = percentile(gaps, 0.5)
  console.log(`two messages at once: ${gap.toFixed(0)} ms between them elsewhere (promise ${LIST_EVERY_MS})`)
  expect(gap).toBeLessThan(2 * LIST_EVERY_MS)
})
