// The order of the test files: kinds are mixed, and the longest file of each kind starts first. Redis tests mostly wait for timers,
// browser and unit tests mostly compute; one after another they would leave the cores idle first and fight over them later.
import { basename } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Seconds on a quiet machine with two cores, for the files that take the longest. A file that is missing here only starts later. */
export const SECONDS: Readonly<Record<string, number>> = {
  'presence-storm.redis.test.ts': 60,
  'deploy.redis.test.ts': 40,
  'people.browser.test.ts': 35,
  'accessibility.browser.test.ts': 35,
  'errors.browser.test.ts': 35,
  'outbox.browser.test.ts': 35,
  'delivery-status.browser.test.ts': 30,
  'layout.browser.test.ts': 30,
  'moving.redis.test.ts': 30,
  'presence-bounds.redis.test.ts': 25,
  'polling.redis.test.ts': 20,
  'faults.redis.test.ts': 20,
  'idle-exit.redis.test.ts': 20,
  'rolling.redis.test.ts': 20,
  'versions.redis.test.ts': 15,
  'idempotency.redis.test.ts': 15,
  'world.redis.test.ts': 15,
  'presence-cost.redis.test.ts': 15,
  'order.redis.test.ts': 15,
  'published.test.ts': 15,
  'convergence.test.ts': 12,
  'convergence.redis.test.ts': 12,
  'embedded.test.ts': 12,
  'fuzz.test.ts': 10,
  'attacks.test.ts': 10
}
const OTHER_SECONDS: Readonly<Record<string, number>> = { browser: 10, redis: 5, unit: 1 }

export default class MixedSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const kinds = Map.groupBy(files, ({ project }) => project.name)
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

const secondsOf = ({ moduleId, project }: TestSpecification) =>
  SECONDS[basename(moduleId)] ?? OTHER_SECONDS[project.name] ?? 1
