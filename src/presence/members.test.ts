import { expect, it } from 'vitest'
import { person } from '../../infra/testing/presence-simulation.ts'
import { PERSON_ROOMS_MAX } from '../contract.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { presenceTiming } from './timing.ts'
import { createRoster } from './members.ts'

const { closedHoldMs, lostHoldMs, provenMs } = presenceTiming
const [ANA, BO] = [person('Ana'), person('Bo')]

function open() {
  const clock = standingClock()
  const departed: string[] = []
  const state = { sure: true, doubts: 0 }
  const roster = createRoster({
    clock,
    timing: presenceTiming,
    isSure: () => state.sure,
    onDoubt: () => (state.doubts += 1),
    onDeparted: (_, { name }) => departed.push(name)
  })
  return { clock, roster, departed, state }
}

it('the longest of several holds counts', async () => {
  const { clock, roster, departed } = open()
  roster.arrive('lobby', ANA, 'one')
  roster.arrive('lobby', ANA, 'two')
  roster.leave('lobby', ANA.key, 'one', 'lost')
  roster.leave('lobby', ANA.key, 'two', 'closed')
  await clock.advance(lostHoldMs - 1)
  expect(departed).toEqual([])
  await clock.advance(1)
  expect(departed).toEqual(['Ana'])
  expect(roster.isEmpty()).toBe(true)
})

it('who says farewell on the last connection is waited for no longer, whatever was lost before', async () => {
  const { roster, departed } = open()
  roster.arrive('lobby', ANA, 'one')
  roster.arrive('lobby', ANA, 'two')
  roster.leave('lobby', ANA.key, 'one', 'lost')
  roster.leave('lobby', ANA.key, 'two', 'said')
  expect(departed).toEqual(['Ana'])
})

it('who came back is waited for anew', async () => {
  const { clock, roster, departed } = open()
  roster.arrive('lobby', ANA, 'one')
  roster.leave('lobby', ANA.key, 'one', 'lost')
  roster.arrive('lobby', ANA, 'again')
  roster.leave('lobby', ANA.key, 'again', 'closed')
  await clock.advance(closedHoldMs)
  expect(departed).toEqual(['Ana'])
})

it('who may have come back elsewhere is waited for until that is known, and who says farewell is not', async () => {
  const { clock, roster, departed, state } = open()
  state.sure = false
  roster.arrive('lobby', ANA, 'one')
  roster.arrive('lobby', BO, 'two')
  roster.leave('lobby', ANA.key, 'one', 'lost')
  roster.leave('lobby', BO.key, 'two', 'said')
  await clock.advance(10 * lostHoldMs)
  expect(departed).toEqual(['Bo'])
  state.sure = true
  await clock.advance(presenceTiming.retryMs)
  expect(departed).toEqual(['Bo', 'Ana'])
})

it('a departure is doubted once before it is believed, in time to find out, and never when somebody is back by then', async () => {
  const { clock, roster, departed, state } = open()
  roster.arrive('lobby', ANA, 'one')
  roster.leave('lobby', ANA.key, 'one', 'lost')
  await clock.advance(lostHoldMs - provenMs - 1)
  roster.arrive('lobby', ANA, 'again')
  await clock.advance(lostHoldMs)
  expect([state.doubts, departed]).toEqual([0, []])
  roster.leave('lobby', ANA.key, 'again', 'lost')
  await clock.advance(lostHoldMs - provenMs)
  expect([state.doubts, departed]).toEqual([1, []])
  await clock.advance(provenMs)
  expect([state.doubts, departed]).toEqual([1, ['Ana']])
})

it('rooms are left one by one', async () => {
  const { roster, departed } = open()
  roster.arrive('lobby', ANA, 'one')
  roster.arrive('games', ANA, 'one')
  roster.leave('lobby', ANA.key, 'one', 'said')
  expect(departed).toEqual(['Ana'])
  expect([...roster.rooms(false).keys()]).toEqual(['games'])
})

it('somebody in more rooms than are counted is taken out of those that they came to longest ago', () => {
  const { roster, departed } = open()
  for (let n = 0; n < PERSON_ROOMS_MAX; n += 1) roster.arrive(`room-${n}`, ANA, 'one')
  roster.arrive('room-0', ANA, 'two')
  expect(roster.limit(ANA.key)).toEqual([])
  roster.arrive('another', ANA, 'one')
  expect(roster.limit(ANA.key)).toEqual([['room-1', ANA]])
  expect(roster.rooms(false).size).toBe(PERSON_ROOMS_MAX)
  expect(roster.who('room-0', ANA.key)).toEqual(ANA)
  roster.leave('room-1', ANA.key, 'one', 'said')
  expect(departed).toEqual([])
})
