import { expect, it } from 'vitest'
import { person } from '../../infra/testing/presence-simulation.ts'
import { PERSON_ROOMS_MAX } from '../contract.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { presenceTiming } from './timing.ts'
import { createMembers } from './members.ts'

const { closedGraceMs, lostGraceMs, provenMs } = presenceTiming
const [ANA, BO] = [person('Ana'), person('Bo')]

function open() {
  const clock = standingClock()
  const departed: string[] = []
  const state = { sure: true, doubts: 0 }
  const members = createMembers({
    clock,
    timing: presenceTiming,
    isSure: () => state.sure,
    onDoubt: () => (state.doubts += 1),
    onDeparted: (_, { name }) => departed.push(name)
  })
  return { clock, members, departed, state }
}

it('the longest of several grace periods counts', async () => {
  const { clock, members, departed } = open()
  members.arrive('lobby', ANA, 'one')
  members.arrive('lobby', ANA, 'two')
  members.leave('lobby', ANA.key, 'one', 'lost')
  members.leave('lobby', ANA.key, 'two', 'closed')
  await clock.advance(lostGraceMs - 1)
  expect(departed).toEqual([])
  await clock.advance(1)
  expect(departed).toEqual(['Ana'])
  expect(members.isEmpty()).toBe(true)
})

it('a guest whose connection was lost has the time that their library needs', async () => {
  const { clock, members, departed } = open()
  members.arrive('lobby', { ...ANA, guest: true }, 'one')
  members.leave('lobby', ANA.key, 'one', 'lost')
  await clock.advance(presenceTiming.lostGuestGraceMs - 1)
  expect(departed).toEqual([])
  await clock.advance(1)
  expect(departed).toEqual(['Ana'])
})

it('a person who leaves with their last connection has no grace period, whatever was lost before', async () => {
  const { members, departed } = open()
  members.arrive('lobby', ANA, 'one')
  members.arrive('lobby', ANA, 'two')
  members.leave('lobby', ANA.key, 'one', 'lost')
  members.leave('lobby', ANA.key, 'two', 'left')
  expect(departed).toEqual(['Ana'])
})

it('a person who came back gets a new grace period', async () => {
  const { clock, members, departed } = open()
  members.arrive('lobby', ANA, 'one')
  members.leave('lobby', ANA.key, 'one', 'lost')
  members.arrive('lobby', ANA, 'again')
  members.leave('lobby', ANA.key, 'again', 'closed')
  await clock.advance(closedGraceMs)
  expect(departed).toEqual(['Ana'])
})

it('the grace period of a person who may be back elsewhere lasts until that is known; a person who left has none', async () => {
  const { clock, members, departed, state } = open()
  state.sure = false
  members.arrive('lobby', ANA, 'one')
  members.arrive('lobby', BO, 'two')
  members.leave('lobby', ANA.key, 'one', 'lost')
  members.leave('lobby', BO.key, 'two', 'left')
  await clock.advance(10 * lostGraceMs)
  expect(departed).toEqual(['Bo'])
  state.sure = true
  await clock.advance(presenceTiming.retryMs)
  expect(departed).toEqual(['Bo', 'Ana'])
})

it('the store is asked once before a grace period ends, in time for its answer, and not when the person is back by then', async () => {
  const { clock, members, departed, state } = open()
  members.arrive('lobby', ANA, 'one')
  members.leave('lobby', ANA.key, 'one', 'lost')
  await clock.advance(lostGraceMs - provenMs - 1)
  members.arrive('lobby', ANA, 'again')
  await clock.advance(lostGraceMs)
  expect([state.doubts, departed]).toEqual([0, []])
  members.leave('lobby', ANA.key, 'again', 'lost')
  await clock.advance(lostGraceMs - provenMs)
  expect([state.doubts, departed]).toEqual([1, []])
  await clock.advance(provenMs)
  expect([state.doubts, departed]).toEqual([1, ['Ana']])
})

it('a person leaves rooms one by one', async () => {
  const { members, departed } = open()
  members.arrive('lobby', ANA, 'one')
  members.arrive('games', ANA, 'one')
  members.leave('lobby', ANA.key, 'one', 'left')
  expect(departed).toEqual(['Ana'])
  expect([...members.leaseRooms(false).keys()]).toEqual(['games'])
})

it('a person in too many rooms is taken out of those they joined longest ago', () => {
  const { members, departed } = open()
  for (let n = 0; n < PERSON_ROOMS_MAX; n += 1) members.arrive(`room-${n}`, ANA, 'one')
  members.arrive('room-0', ANA, 'two')
  expect(members.limit(ANA.key)).toEqual([])
  members.arrive('another', ANA, 'one')
  expect(members.limit(ANA.key)).toEqual([['room-1', ANA]])
  expect(members.leaseRooms(false).size).toBe(PERSON_ROOMS_MAX)
  expect(members.find('room-0', ANA.key)).toEqual(ANA)
  members.leave('room-1', ANA.key, 'one', 'left')
  expect(departed).toEqual([])
})
