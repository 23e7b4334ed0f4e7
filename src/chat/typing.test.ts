import { expect, it } from 'vitest'
import { guest } from '../../infra/testing/presence-simulation.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { TYPING_FADES_AFTER_MS } from '../contract.ts'
import { TYPING_SENT_EVERY_MS, createTypingThrottle, createTypists } from './typing.ts'

const [ANA, BO] = [guest('Ana'), guest('Bo')]

function open() {
  const clock = standingClock()
  const faded: string[] = []
  return { clock, faded, typists: createTypists({ clock, onFade: ({ name }) => faded.push(name) }) }
}

it('typing that is not repeated ends by itself, once', async () => {
  const { clock, faded, typists } = open()
  expect([typists.begin(ANA), typists.begin(BO)]).toEqual([true, true])
  await clock.advance(TYPING_FADES_AFTER_MS - 1)
  expect([typists.begin(ANA), faded]).toEqual([false, []])
  await clock.advance(1)
  expect(faded).toEqual(['Bo'])
  await clock.advance(TYPING_FADES_AFTER_MS)
  expect(faded).toEqual(['Bo', 'Ana'])
  expect([typists.end(ANA.key), typists.begin(ANA)]).toEqual([false, true])
})

it('typing that was ended does not end again', async () => {
  const { clock, faded, typists } = open()
  typists.begin(ANA)
  expect([typists.end(ANA.key), typists.end(ANA.key)]).toEqual([true, false])
  await clock.advance(TYPING_FADES_AFTER_MS)
  expect(faded).toEqual([])
})

it('a message ends the typing of everybody of that name, and of nobody else', () => {
  const { typists } = open()
  const other = guest('Ana', 'another')
  for (const who of [ANA, BO, other]) typists.begin(who)
  expect(typists.called('Ana')).toEqual([ANA, other])
  expect(typists.called('ana')).toEqual([])
})

it('a fast typist’s typing is sent once a second per connection and room, and every end is sent', async () => {
  const clock = standingClock()
  const { isNews } = createTypingThrottle(clock)
  expect([isNews('a', 'lobby', true), isNews('a', 'lobby', true)]).toEqual([true, false])
  expect([isNews('b', 'lobby', true), isNews('a', 'games', true)]).toEqual([true, true])
  expect([isNews('a', 'lobby', false), isNews('a', 'lobby', false), isNews('a', 'lobby', true)]).toEqual([
    true,
    true,
    true
  ])
  await clock.advance(TYPING_SENT_EVERY_MS)
  expect(isNews('a', 'lobby', true)).toBe(true)
})
