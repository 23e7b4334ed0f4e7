import fc from 'fast-check'
import { expect, it } from 'vitest'
import { nextTick } from './timing.ts'

const EVERY_MS = 1_000
const moment = fc.double({ min: 0, max: 2 ** 42, noNaN: true })

it('the next tick is within one interval, aligned for all instances, and never now', () => {
  fc.assert(
    fc.property(moment, fc.constantFrom(0, EVERY_MS / 2), (after, offset) => {
      const tick = nextTick(after, EVERY_MS, offset)
      expect(tick).toBeGreaterThan(after)
      expect(tick - after).toBeLessThanOrEqual(EVERY_MS)
      expect((tick - offset) % EVERY_MS).toBe(0)
    })
  )
})

it('a change written at one tick that travels for less than half a tick is delivered within a tick and a half', () => {
  fc.assert(
    fc.property(moment, fc.integer({ min: 1, max: EVERY_MS / 2 - 1 }), (happened, travelMs) => {
      const written = nextTick(happened, EVERY_MS)
      const delivered = nextTick(written + travelMs, EVERY_MS, EVERY_MS / 2)
      expect(delivered - happened).toBeLessThanOrEqual(1.5 * EVERY_MS)
    })
  )
})
