// Random afternoons on one embedded server that restarts over its folder: every program converges to the log. And the checks
// themselves, on outcomes that are spoiled on purpose.
import { describe, expect, test } from 'vitest'
import { complaintsOf, comeToRest, tryAfternoons, type Outcome } from './convergence-checks.fixture.ts'
import { beginAfternoon, endAfternoon, type Ground } from './convergence-run.fixture.ts'
import { openStage, type Stage } from './server.fixture.ts'

const STEPS = 60
// More of them to look into a failure; SEED has the same ones again.
const RUNS = Number(process.env['RUNS'] ?? 10)

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
  await tryAfternoons(ground(stage), { runs: RUNS, maxSteps: STEPS })
})

describe('a complaint is made of', () => {
  const eventsOf = (outcome: Outcome) => outcome.programs[1]!.lives[0]!.events

  test.each<[string, (outcome: Outcome) => void, RegExp]>([
    ['a lost event', (outcome) => eventsOf(outcome).splice(3, 1), /never heard 4/],
    ['a lost change', (outcome) => eventsOf(outcome).pop(), /the snapshot at 3 .* other ones from place 0/],
    ['a repeated event', (outcome) => eventsOf(outcome).splice(3, 0, eventsOf(outcome)[3]!), /twice/],
    [
      'two events in the wrong order',
      (outcome) => eventsOf(outcome).splice(3, 0, ...eventsOf(outcome).splice(4, 1)),
      /no one order/
    ],
    [
      'another life of the log in between',
      (outcome) => (eventsOf(outcome)[3]!.epoch = 'another'),
      /went back to the epoch/
    ],
    ['two histories under one epoch', (outcome) => (eventsOf(outcome)[3]!.id = 'another'), /is several messages/],
    [
      'an acknowledgement of nothing',
      (outcome) => outcome.acknowledged.push({ ...outcome.acknowledged[0]!, id: 'other' }),
      /never showed other/
    ],
    ['words out of turn', (outcome) => outcome.said.push(...outcome.said.splice(0, 1)), /after what was sent later/],
    [
      'a screen that shows an earlier text',
      (outcome) => (outcome.programs[2]!.messages = outcome.snapshots[0]!.log.messages),
      /Program 2 shows/
    ],
    [
      'a place that jumped',
      (outcome) => outcome.programs[0]!.lives.push({ events: eventsOf(outcome).slice(0, 1) }),
      /went on at 1/
    ],
    ['a program set back', (outcome) => (outcome.programs[0]!.resets = 1), /was set back/]
  ])('%s', async (_, spoil, complaint) => {
    const outcome = await quietAfternoon()
    expect(complaintsOf(outcome)).toEqual([])
    spoil(outcome)
    expect(complaintsOf(outcome).join('\n')).toMatch(complaint)
  })

  /** Five messages, one of them changed after a snapshot. */
  async function quietAfternoon(): Promise<Outcome> {
    const stage = await openStage()
    const real = await beginAfternoon(ground(stage))
    const { name, room } = real.programs[0]!
    for (let n = 0; n < 5; n += 1) {
      const text = `text ${n}`
      const receipt = await room.send(text)
      real.said.push({ client: name, room: real.room, id: receipt.id, text })
      real.acknowledged.push({ client: name, room: real.room, ...receipt })
      if (n === 2) real.snapshots.push({ log: (await comeToRest(real)).log })
    }
    const changed = await room.edit(real.said[0]!.id, 'changed')
    real.acknowledged.push({ client: name, room: real.room, ...changed })
    const outcome = await comeToRest(real)
    await endAfternoon(real)
    return structuredClone(outcome)
  }
})
