// Random afternoons on one embedded server that restarts over its folder: every program converges to the log. And the checks
// themselves, on outcomes that are spoiled on purpose.
import { describe, expect, test } from 'vitest'
import { complaintsOf, comeToRest, tryAfternoons, type Outcome } from './convergence-checks.fixture.ts'
import { beginAfternoon, endAfternoon, type Ground } from './convergence-run.fixture.ts'
import { openFixture, type Fixture } from './server.fixture.ts'

const STEPS = 60
// More of them to look into a failure; SEED has the same ones again.
const RUNS = Number(process.env['RUNS'] ?? 10)

const ground = (fixture: Fixture): Ground => ({
  url: () => fixture.url,
  readUrl: fixture.url,
  drop: fixture.drop,
  faults: {
    async Restart() {
      await fixture.down()
      await fixture.up()
    },
    DropAll: async () => fixture.drop()
  }
})

test('whatever happens, every program converges to the log', { timeout: RUNS * 10_000 }, async () => {
  const fixture = await openFixture()
  await tryAfternoons(ground(fixture), { runs: RUNS, maxSteps: STEPS })
})

describe('a complaint is made of', () => {
  const eventsOf = (outcome: Outcome) => outcome.programs[1]!.lives[0]!.events

  test.each<[string, (outcome: Outcome) => void, RegExp]>([
    ['a lost event', (outcome) => eventsOf(outcome).splice(3, 1), /never received 4/],
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
    ['words out of turn', (outcome) => outcome.sent.push(...outcome.sent.splice(0, 1)), /after what was sent later/],
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
    const fixture = await openFixture()
    const real = await beginAfternoon(ground(fixture))
    const { name, room } = real.programs[0]!
    for (let n = 0; n < 5; n += 1) {
      const text = `text ${n}`
      const receipt = await room.send(text)
      real.sent.push({ client: name, room: real.room, id: receipt.id, text })
      real.acknowledged.push({ client: name, room: real.room, ...receipt })
      if (n === 2) real.snapshots.push({ log: (await comeToRest(real)).log })
    }
    const changed = await room.edit(real.sent[0]!.id, 'changed')
    real.acknowledged.push({ client: name, room: real.room, ...changed })
    const outcome = await comeToRest(real)
    await endAfternoon(real)
    return structuredClone(outcome)
  }
})
