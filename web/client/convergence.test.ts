// Random afternoons on one embedded server that restarts over its folder: every program converges to the log.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { complaintsOf, comeToRest } from './convergence-checks.fixture.ts'
import { beginAfternoon, endAfternoon, steps, type Ground } from './convergence-run.fixture.ts'
import { openStage, type Stage } from './stage.fixture.ts'

const STEPS = 60
// More runs, or the same ones again, for whoever looks into it.
const RUNS = Number(process.env['RUNS'] ?? 16)
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)

const ground = (stage: Stage): Ground => ({
  url: () => stage.url,
  readUrl: stage.url,
  drop: stage.drop,
  troubles: {
    async Restart() {
      await stage.down()
      await stage.up()
    },
    DropAll: async () => stage.drop()
  }
})

test('whatever happens, every program converges to the log', { timeout: RUNS * 10_000 }, async () => {
  const stage = await openStage()
  const place = ground(stage)
  const counts = { runs: 0, said: 0, verbs: 0, events: 0, lives: 0, snapshots: 0 }
  console.log(`seed ${SEED}`)
  await fc.assert(
    fc.asyncProperty(steps(Object.keys(place.troubles), STEPS), async (commands) => {
      const real = await beginAfternoon(place)
      await fc.asyncModelRun(() => ({ model: { tried: 0 }, real }), commands)
      const outcome = await comeToRest(real)
      await endAfternoon(real)
      counts.runs += 1
      counts.said += outcome.said.length
      counts.verbs += outcome.acknowledged.length
      counts.events += outcome.log.cursor.seq
      counts.lives += outcome.programs.flatMap(({ lives }) => lives).length
      counts.snapshots += outcome.snapshots.length
      expect(complaintsOf(outcome)).toEqual([])
    }),
    { seed: SEED, numRuns: RUNS, endOnFailure: true }
  )
  console.log(counts)
  expect(counts.events).toBe(counts.verbs)
  expect(counts.said).toBeGreaterThan(RUNS)
})
