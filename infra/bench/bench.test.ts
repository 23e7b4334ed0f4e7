// A short run of the comparison, which counts instead of measuring time.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openContenders, type Contender, type Contenders } from './contenders.ts'
import { measureFanOut } from './measures.ts'

const FAN_OUT = { receivers: 20, senders: 5, rates: [200, 20], forMs: 1_000 }
/** Lists that leave a feed in a busy room. */
const WINDOW_MS = 25
/** The first list, which does not wait, and one that a late timer splits. */
const MORE_LISTS = 2

/** A message of 80 characters, alone in its frame. */
const MESSAGE_MAX_BYTES = 200

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

test('a busy room costs each receiver one frame per window; in a quiet one each message is a frame of 200 bytes at most', async () => {
  const [busy, quiet] = await measureFanOut(named('Taifas native'), FAN_OUT)
  if (!busy || !quiet) throw new Error('Two rates were asked for.')
  for (const { sent, forMs, frames, bytes } of [busy, quiet])
    console.log(`${sent} messages in ${Math.round(forMs)} ms: ${frames} frames each, ${Math.round(bytes)} B`)
  expect(busy.frames).toBeLessThanOrEqual(busy.forMs / WINDOW_MS + MORE_LISTS)
  expect(quiet.bytes).toBeLessThanOrEqual(MESSAGE_MAX_BYTES)
})

test('a loop over sockets sends a frame for every message', async () => {
  const [busy] = await measureFanOut(named('plain ws'), { ...FAN_OUT, rates: [200] })
  expect(busy?.frames).toBe(busy?.sent)
})
