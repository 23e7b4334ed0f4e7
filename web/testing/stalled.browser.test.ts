// A hanging Redis, in a real browser: the author soon sees that a message isn't confirmed yet, and it is posted once.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { comeIn, message, openPages, say, type Pages } from '../../infra/testing/browser.ts'
import { startTestServer, untilReady } from '../../infra/testing/chat-server.ts'
import { startRedis } from '../../infra/testing/redis-server.ts'
import { allShow } from './page.fixture.ts'

/** The README's promise. The test allows twice that, for a busy machine. */
const TOLD_WITHIN_MS = 3_000
const WAITS = 'Not confirmed yet, retrying'

let pages: Pages

beforeAll(async () => {
  pages = await openPages()
})
afterAll(async () => {
  const complaints = await pages.clear()
  await pages.close()
  expect(complaints).toEqual([])
})

test('while Redis hangs, the author is told in time, and the message is posted once afterwards', async ({
  onTestFinished
}) => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const server = await startTestServer({ redisUrl: redis.url, webDir: pages.webDir })
  onTestFinished(() => server.stop())
  await untilReady(server)
  const [ana, bo] = [await pages.tab(server.url), await pages.tab(server.url)]
  await comeIn(ana, 'Ana')
  await comeIn(bo, 'Bo')
  await say(ana, 'before')
  await message(bo, 'before').waitFor()

  redis.kill('SIGSTOP')
  const start = performance.now()
  await say(ana, 'into the standstill')
  const status = message(ana, 'into the standstill').getByText(WAITS)
  await expect.poll(() => status.count()).toBe(1)
  const took = performance.now() - start
  console.log(`told after ${Math.round(took)} ms that it is not confirmed yet (promise: ${TOLD_WITHIN_MS} ms)`)
  expect(took).toBeLessThan(2 * TOLD_WITHIN_MS)
  await expect.poll(() => message(bo, 'into the standstill').count()).toBe(0)

  redis.kill('SIGCONT')
  await message(bo, 'into the standstill').waitFor()
  await status.waitFor({ state: 'detached' })
  // The next message comes after every repeat of it.
  await say(ana, 'after')
  const wanted = ['before', 'into the standstill', 'after']
  await allShow([ana, bo], wanted)
  await ana.reload()
  await allShow([ana], wanted)
})
