// A short run of the comparison, which counts instead of measuring time.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openContenders, type Contender, type Contenders } from './contenders.ts'
import { measureFanOut } from './measures.ts'

const FAN_OUT = { receivers: 20, senders: 5, perSecond: 200, forMs: 1_000 }
/** Lists that leave a feed in a busy room. */
const WINDOW_MS = 25
/** The first list, which does not wait, and one that a late timer splits. */
const MORE_LISTS = 2

let contenders: Contenders
const named = (name: string): Contender => {
  const found = contenders.all.find((one) => one.name === name)
  if (!found) throw new Error(`There is no ${name}.`)
  return found
}
beforeAll(async () => {
  contenders = await openContenders({ redisUrl: null, withBun: false })
})
afterAll(() => contenders.close())

test('a busy room costs each receiver one frame per window', async () => {
  const { sent, frames, forMs, bytes } = await measureFanOut(named('Taifas native'), FAN_OUT)
  console.log(`${sent} messages in ${Math.round(forMs)} ms: ${frames} frames each, ${Math.round(bytes)} B`)
  expect(frames).toBeLessThanOrEqual(forMs / WINDOW_MS + MORE_LISTS)
})

test('a loop over sockets sends a frame for every message', async () => {
  const { sent, frames } = await measureFanOut(named('plain ws'), FAN_OUT)
  expect(frames).toBe(sent)
})
