// How soon typing is seen, in our own words and the classic ones, with Redis as far away as another continent.
import { expect, it } from 'vitest'
import { untilReady } from '../chat-server.ts'
import { connectNative } from '../clients.ts'
import { openCluster } from '../cluster.fixture.ts'
import { LOBBY } from '../../../src/contract.ts'

/** There and back, of each instance to Redis. */
const ROUND_TRIPS_MS = { near: 2, far: 80 }
const IN_REGION_MS = 300
/** Beside two round trips to Redis. */
const ELSEWHERE_MS = 150
const TIMES = 5

it('typing is seen in the region at once, and elsewhere after two round trips to Redis', async () => {
  const cluster = await openCluster()
  const start = async (name: keyof typeof ROUND_TRIPS_MS) => {
    const way = await cluster.way({ delayMs: ROUND_TRIPS_MS[name] / 2 })
    return cluster.start(name, { redisUrl: way.url })
  }
  const [near, far] = [await start('near'), await start('far')]
  await untilReady(near, far)
  const ears = await Promise.all(
    [near, far].map(async ({ url }, n) => {
      const native = await connectNative(url, `ear ${n}`)
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
        for (const [place, { native, guest }] of ears.entries()) {
          await native.next<{ who: { name: string }; on: boolean }>('typing:changed', (said) => said.who.name === name)
          await guest.next<{ username: string }>(on ? 'typing' : 'stop-typing', ({ username }) => username === name)
          const where = place === n ? 'here' : 'there'
          worst[where] = Math.max(worst[where], performance.now() - since)
        }
      }
    }
  }
  const promised = 2 * ROUND_TRIPS_MS.far + ELSEWHERE_MS
  console.log(
    `typing: in the region ${worst.here.toFixed(0)} ms at worst (promise ${IN_REGION_MS}), elsewhere ${worst.there.toFixed(0)} ms (promise ${promised})`
  )
  expect(worst.here).toBeLessThan(2 * IN_REGION_MS)
  expect(worst.there).toBeLessThan(2 * promised)
})
