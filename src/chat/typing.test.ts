import { expect, it } from 'vitest'
import { guest } from '../../infra/testing/presence-simulation.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { TYPING_FADES_AFTER_MS } from '../contract.ts'
import {
  TYPING_FADES_FAR_AFTER_MS,
  TYPING_SENT_EVERY_MS,
  TYPING_SENT_FAR_EVERY_MS,
  createTypingRepeats,
  createTypingThrottle,
  createTypists
} from './typing.ts'

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

it('a message ends the typing of everyone of that name, and of nobody else', () => {
  const { typists } = open()
  const other = guest('Ana', 'another')
  for (const who of [ANA, BO, other]) typists.begin(who)
  expect(typists.called('Ana')).toEqual([ANA, other])
  expect(typists.called('ana')).toEqual([])
})

it('a fast typist’s typing is sent once a second per connection and room, farther once in seven, and every end is sent', async () => {
  const clock = standingClock()
  const { newsFor } = createTypingThrottle(clock)
  expect([newsFor('a', 'lobby', true), newsFor('a', 'lobby', true)]).toEqual(['everywhere', 'nobody'])
  expect([newsFor('b', 'lobby', true), newsFor('a', 'games', true)]).toEqual(['everywhere', 'everywhere'])
  await clock.advance(TYPING_SENT_EVERY_MS)
  expect(newsFor('a', 'lobby', true)).toBe('here')
  await clock.advance(TYPING_SENT_FAR_EVERY_MS - TYPING_SENT_EVERY_MS)
  expect(newsFor('a', 'lobby', true)).toBe('everywhere')
  for (const on of [false, false, true]) expect(newsFor('a', 'lobby', on)).toBe('everywhere')
})

it('typing elsewhere is repeated once before it fades here, unless it has ended or its message has come', async () => {
  const clock = standingClock()
  const repeated: string[] = []
  const typing = createTypingRepeats({ clock, repeat: (room, { name }) => repeated.push(`${name} ${room}`) })
  const others = ['ends', 'posts'].map((name) => guest(name))
  for (const who of [ANA, ...others]) for (const room of ['lobby', 'games']) typing.begin(room, who)
  typing.end('lobby', others[0]!.key)
  typing.posted('lobby', 'posts')
  await clock.advance(TYPING_FADES_AFTER_MS - 1)
  expect(repeated).toEqual(['Ana lobby', 'Ana games', 'ends games', 'posts games'])
  await clock.advance(TYPING_FADES_FAR_AFTER_MS)
  expect(repeated).toHaveLength(4)
})
