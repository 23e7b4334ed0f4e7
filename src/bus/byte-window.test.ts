import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createByteWindow } from './byte-window.ts'

test('small entries are bounded by their number', () => {
  const window = createByteWindow({ maxEntries: 10, maxBytes: 1_000 })
  expect(window.entries).toBe(10)
  for (let n = 0; n < 30; n += 1) window.add(100)
  expect(window.entries).toBe(10)
})

test('the entries that may stay fit into the bytes, whatever their sizes; one always may', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 60 }), (sizes) => {
      const window = createByteWindow({ maxEntries: 10, maxBytes: 100 })
      for (const [place, size] of sizes.entries()) {
        window.add(size)
        const stay = sizes.slice(0, place + 1).slice(-window.entries)
        expect(stay.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(100)
        expect(window.entries).toBeGreaterThanOrEqual(1)
        expect(window.entries).toBeLessThanOrEqual(10)
      }
    })
  )
})

test('after large entries small ones fill the window again', () => {
  const window = createByteWindow({ maxEntries: 10, maxBytes: 100 })
  for (let n = 0; n < 5; n += 1) window.add(90)
  expect(window.entries).toBe(1)
  for (let n = 0; n < 10; n += 1) window.add(1)
  expect(window.entries).toBe(10)
})
