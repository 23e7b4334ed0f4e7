import fc from 'fast-check'
import { expect, it } from 'vitest'
import { nextTick } from './timing.ts'

const EVERY_MS = 1_000
const moment = fc.double({ min: 0, max: 2 ** 42, noNaN: true })

it('comes within one beat, the same for all who wait for it, and never at once', () => {
  fc.assert(
    fc.property(moment, fc.constantFrom(0, EVERY_MS / 2), (after, offset) => {
      const beat = nextTick(after, EVERY_MS, offset)
      expect(beat).toBeGreaterThan(after)
      expect(beat - after).toBeLessThanOrEqual(EVERY_MS)
      expect((beat - offset) % EVERY_MS).toBe(0)
    })
  )
})

it('what was gathered for one beat and was under way for less than half of one is told with the next half beat', () => {
  fc.assert(
    fc.property(moment, fc.integer({ min: 1, max: EVERY_MS / 2 - 1 }), (happened, way) => {
      const written = nextTick(happened, EVERY_MS)
      const told = nextTick(written + way, EVERY_MS, EVERY_MS / 2)
      expect(told - happened).toBeLessThanOrEqual(1.5 * EVERY_MS)
    })
  )
})
