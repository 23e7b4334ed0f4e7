// Random simulations on one embedded server that restarts on its folder: every program converges to the log. And the checks themselves,
// on outcomes with planted faults; those of history.ts are tried beside it.
import { beforeAll, describe, expect, test } from 'vitest'
import { settle, simulate, violationsOf, type Outcome } from './convergence-checks.fixture.ts'
import { closeSimulation, openSimulation, type Environment } from './convergence-run.fixture.ts'
import { openFixture, type Fixture } from './server.fixture.ts'

const STEPS = 60
// More of them to look into a failure; SEED has the same ones again.
const RUNS = Number(process.env['RUNS'] ?? 10)

const environmentOf = (fixture: Fixture): Environment => ({
  url: () => fixture.url,
  readUrl: fixture.url,
  drop: fixture.drop,
  faults: {
    async restart() {
      await fixture.down()
      await fixture.up()
    },
    dropAll: async () => fixture.drop()
  }
})

test('whatever happens, every program converges to the log', { timeout: RUNS * 10_000 }, async () => {
  const fixture = await openFixture()
  await simulate(environmentOf(fixture), { runs: RUNS, maxSteps: STEPS })
})

describe('a violation is', () => {
  const eventsOf = (outcome: Outcome) => outcome.programs[1]!.lifetimes[0]!.events
  let outcome: Outcome

  /** Five messages, one of them changed after a snapshot. */
  beforeAll(async () => {
    const endings: (() => unknown)[] = []
    const fixture = await openFixture({}, (end) => void endings.push(end as () => unknown))
    const simulation = await openSimulation(environmentOf(fixture))
    const [{ name, room }] = simulation.programs as [(typeof simulation.programs)[number]]
    for (let n = 0; n < 5; n += 1) {
      const text = `text ${n}`
      const receipt = await room.send(text)
      simulation.sent.push({ client: name, room: simulation.room, id: receipt.id, text })
      simulation.acknowledged.push({ client: name, room: simulation.room, ...receipt })
      if (n === 2) simulation.snapshots.push((await settle(simulation)).log)
    }
    const changed = await room.edit(simulation.sent[0]!.id, 'changed')
    simulation.acknowledged.push({ client: name, room: simulation.room, ...changed })
    outcome = structuredClone(await settle(simulation))
    await closeSimulation(simulation)
    for (const end of endings) await end()
  })

  test.each<[string, (outcome: Outcome) => void, RegExp]>([
    ['a lost event', (outcome) => eventsOf(outcome).splice(3, 1), /never received 4/],
    ['a lost change', (outcome) => eventsOf(outcome).pop(), /the snapshot at 3 .* other ones from place 0/],
    ['a repeated event', (outcome) => eventsOf(outcome).splice(3, 0, eventsOf(outcome)[3]!), /twice/],
    [
      'a screen that shows an earlier text',
      (outcome) => (outcome.programs[2]!.messages = outcome.snapshots[0]!.messages),
      /Program 2 shows/
    ],
    [
      'a place that jumped',
      (outcome) => outcome.programs[0]!.lifetimes.push({ events: eventsOf(outcome).slice(0, 1) }),
      /continued at 1/
    ],
    ['a program set back', (outcome) => (outcome.programs[0]!.resets = 1), /was set back/]
  ])('%s', (_, spoil, violation) => {
    expect(violationsOf(outcome)).toEqual([])
    const spoiled = structuredClone(outcome)
    spoil(spoiled)
    expect(violationsOf(spoiled).join('\n')).toMatch(violation)
  })
})
