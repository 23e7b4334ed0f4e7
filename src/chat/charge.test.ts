import { expect, it } from 'vitest'
import { ChatError } from './chat-error.ts'
import { createCharge, type Payer } from './charge.ts'
import { standingClock } from './clock.ts'

const BURST = 3

function open() {
  const clock = standingClock()
  const charge = createCharge({ burst: BURST, perSecond: 1, clock })
  /** How many of so many words are let through. */
  const passed = (payer: Payer, words: number) =>
    Array.from({ length: words }).filter(() => {
      try {
        charge(payer)
        return true
      } catch (cause) {
        if (!(cause instanceof ChatError)) throw cause
        return false
      }
    }).length
  return { clock, charge, passed }
}

it('a person has one account on all of their connections, and an address ten times as much', () => {
  const { passed } = open()
  const ana = { id: 'ana' }
  expect(passed({ connection: '1', person: ana, address: 'home' }, 2)).toBe(2)
  expect(passed({ connection: '2', person: ana, address: 'office' }, 9)).toBe(BURST - 2)
  const guests = Array.from({ length: 40 }, (_, n) => passed({ connection: `${n}`, person: null, address: 'class' }, 1))
  expect(guests.filter((one) => one === 1)).toHaveLength(10 * BURST)
})

it('who is refused on one account pays nothing on the others', () => {
  const { charge, passed } = open()
  expect(passed({ connection: 'flood', person: null, address: 'home' }, 1_000)).toBe(BURST)
  const others = Array.from({ length: 10 }, (_, n) => passed({ connection: `${n}`, person: null, address: 'home' }, 3))
  expect(others.reduce((sum, one) => sum + one, 0)).toBe(10 * BURST - BURST)
  expect(() => charge({ connection: 'flood', person: null, address: 'elsewhere' })).toThrow(
    expect.objectContaining({ reason: 'too-fast', retryAfterMs: 1_000 })
  )
})
