// A short run of the comparison, which counts instead of measuring time.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations } from '../cost/measured.ts'
import { lookInto } from '../testing/chat-server.ts'
import { startRedis } from '../testing/redis-server.ts'
import { openContenders, type Contender, type Contenders } from './contenders.ts'
import { measureFanOut } from './measures.ts'

const FAN_OUT = { receivers: 20, senders: 10, rates: [200, 80, 20], warmUpMs: 200, forMs: 1_000 }
/** Lists that leave a feed in a busy room. */
const WINDOW_MS = 25
/** The first list, which does not wait, and one that a late timer splits. */
const MORE_LISTS = 2

/** A message of 80 characters by one of ten people: in lists of two, or about five, and alone in its frame. */
const LISTED_MAX_BYTES = 130
const ALONE_MAX_BYTES = 150

/** Commands for each message that leases and heads take meanwhile. */
const BESIDE = 1

let redis: Awaited<ReturnType<typeof startRedis>>
let contenders: Contenders
const named = (name: string): Contender => {
  const found = contenders.all.find((one) => one.name === name)
  if (!found) throw new Error(`There is no ${name}.`)
  return found
}
beforeAll(async () => {
  redis = await startRedis()
  contenders = await openContenders({ redisUrl: redis.url, withBun: false })
})
afterAll(async () => {
  await contenders.close()
  await redis.stop()
})

test('a busy room costs each receiver one frame per window and 130 bytes a message; in a quiet one a message is a frame of 150 bytes', async () => {
  const [busy, inPairs, quiet] = await measureFanOut(named('Taifas native'), FAN_OUT)
  if (!busy || !inPairs || !quiet) throw new Error('Three rates were asked for.')
  for (const { sent, forMs, frames, bytes } of [busy, inPairs, quiet])
    console.log(`${sent} messages in ${Math.round(forMs)} ms: ${frames} frames each, ${Math.round(bytes)} B`)
  console.log(`in lists of two: ${inPairs.bytesIn(2).toFixed(1)} B`)
  expect(busy.frames).toBeLessThanOrEqual(busy.forMs / WINDOW_MS + MORE_LISTS)
  expect(busy.bytes).toBeLessThanOrEqual(LISTED_MAX_BYTES)
  expect(inPairs.bytesIn(2)).toBeLessThanOrEqual(LISTED_MAX_BYTES)
  expect(quiet.bytesIn(1)).toBeLessThanOrEqual(ALONE_MAX_BYTES)
})

test('a loop over sockets sends a frame for every message', async () => {
  const [busy] = await measureFanOut(named('plain ws'), { ...FAN_OUT, rates: [200] })
  expect(busy?.frames).toBe(busy?.sent)
})

test('a message in a busy room costs Redis no more commands than the bill says', async () => {
  const inside = await lookInto(redis.url)
  const commands = async () => {
    const calls = [...(await inside.info('commandstats')).matchAll(/cmdstat_(\w+).*:calls=(\d+)/g)]
    return calls.reduce((sum, [, name, times]) => sum + (name === 'info' ? 0 : Number(times)), 0)
  }
  const fanOut = { ...FAN_OUT, receivers: 5, rates: [200], commands }
  const [busy] = await measureFanOut(named('Taifas native with Redis'), fanOut)
  inside.destroy()
  console.log(`${busy?.sent} messages: ${busy?.commands} commands of Redis each`)
  const { once, each } = operations.message
  expect(busy?.commands).toBeLessThanOrEqual(once[0] + once[1] + each[0] + BESIDE)
})
