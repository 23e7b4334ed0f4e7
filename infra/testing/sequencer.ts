// The order of the test files: kinds are mixed, and the longest file of each kind starts first. Redis tests mostly wait for timers,
// browser and unit tests mostly compute; one after another they would leave the cores idle first and compete for them later.
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Seconds on a quiet machine with two cores, by the end of the path. A file that is missing here only starts later. */
export const SECONDS: ReadonlyMap<string, number> = new Map([
  ['system/presence-storm.redis.test.ts', 45],
  ['web/testing/accessibility.browser.test.ts', 40],
  ['web/testing/drafts.browser.test.ts', 35],
  ['verify/main.redis.test.ts', 35],
  ['web/testing/errors.browser.test.ts', 35],
  ['deployment/image.test.ts', 10],
  ['web/testing/people.browser.test.ts', 30],
  ['web/testing/outbox.browser.test.ts', 30],
  ['web/testing/layout.browser.test.ts', 30],
  ['web/testing/delivery-status.browser.test.ts', 25],
  ['system/presence-bounds.redis.test.ts', 25],
  ['system/moving.redis.test.ts', 25],
  ['web/testing/offline.browser.test.ts', 20],
  ['web/testing/settings.browser.test.ts', 18],
  ['web/testing/inherited-names.browser.test.ts', 18],
  ['web/testing/accounts.browser.test.ts', 18],
  ['world/page.browser.test.ts', 15],
  ['bench/start-up.redis.test.ts', 15],
  ['system/rights.redis.test.ts', 15],
  ['web/sdk/published.test.ts', 12],
  ['bench/lost-instance.redis.test.ts', 12],
  ['system/fuzz.test.ts', 12],
  ['gateway/unsent-process.test.ts', 8],
  ['http/wrong-input.test.ts', 8],
  ['people/sqlite.test.ts', 8],
  ['http/app.test.ts', 8],
  ['system/revoked.redis.test.ts', 20],
  ['system/faults.redis.test.ts', 20],
  ['web/sdk/rolling.redis.test.ts', 17],
  ['src/gateway/drain.redis.test.ts', 17],
  ['src/bus/redis-bus.redis.test.ts', 15],
  ['web/sdk/client.test.ts', 15],
  ['web/sdk/feed.test.ts', 12],
  ['src/presence/redis.redis.test.ts', 12],
  ['system/regions.redis.test.ts', 12],
  ['world/world.redis.test.ts', 15],
  ['system/idle-exit.redis.test.ts', 12],
  ['bench/attacks.test.ts', 12],
  ['system/order.redis.test.ts', 12],
  ['system/python.redis.test.ts', 10],
  ['system/idempotency.redis.test.ts', 12],
  ['web/sdk/convergence.redis.test.ts', 10],
  ['web/sdk/convergence.test.ts', 10],
  ['system/polling.redis.test.ts', 8],
  ['system/embedded.test.ts', 8],
  ['src/gateway/classic.test.ts', 5],
  ['src/gateway/course.test.ts', 5],
  ['src/gateway/native.test.ts', 5]
])
const OTHER_SECONDS = { browser: 10, redis: 5, unit: 1 }
type Kind = keyof typeof OTHER_SECONDS

export default class MixedSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const kinds = Map.groupBy(files, kindOf)
    return [...kinds.values()]
      .flatMap(spread)
      .toSorted((a, b) => a.begins - b.begins)
      .map(({ file }) => file)
  }
}

/** Longest first; `begins`, from 0 to 1, is the share of its kind's seconds that comes before a file. */
function spread(files: TestSpecification[]) {
  const all = files.map((file) => ({ file, seconds: secondsOf(file) })).toSorted((a, b) => b.seconds - a.seconds)
  const total = all.reduce((sum, { seconds }) => sum + seconds, 0)
  let before = 0
  return all.map(({ file, seconds }) => {
    const begins = before / total
    before += seconds
    return { file, begins }
  })
}

const kindOf = ({ moduleId }: TestSpecification): Kind =>
  moduleId.includes('.browser.test.') ? 'browser' : moduleId.includes('.redis.test.') ? 'redis' : 'unit'

const secondsOf = (file: TestSpecification) =>
  [...SECONDS].find(([known]) => file.moduleId.endsWith(`/${known}`))?.[1] ?? OTHER_SECONDS[kindOf(file)]
