import { expect, test } from 'vitest'
import type { Present } from '../contract.ts'
import { createView } from '../presence/view.ts'
import { guestName } from './guest-name.ts'

function here(...names: [name: string, guest: boolean][]) {
  const everyone = createView()
  for (const [nth, [name, guest]] of names.entries())
    everyone.put('here', 'lobby', { key: `key ${nth}`, name, guest, region: 'waw' } satisfies Present)
  return everyone
}

test('a guest gets any name that no signed-in person has, even if other guests have it', () => {
  expect(guestName(here(), 'Ana')).toBe('Ana')
  expect(guestName(here(['Ana', true], ['Bea', false]), 'Ana')).toBe('Ana')
})

test('a guest who claims a signed-in person’s name gets the first free suffix', () => {
  expect(guestName(here(['Ana', false]), 'Ana')).toBe('Ana~2')
  expect(guestName(here(['Ana', false], ['ANA~2', false], ['ana~3', false], ['Ana~5', false]), 'ana')).toBe('ana~4')
})

test('names that look alike count as the same', () => {
  for (const claim of ['ANA', 'Ａna', 'Ana\u200d']) expect(guestName(here(['Ana', false]), claim)).toBe(`${claim}~2`)
})

test('a thousand taken suffixes do not slow down the next guest', () => {
  const taken = here(
    ...Array.from({ length: 1_000 }, (_, nth): [string, boolean] => [nth ? `Ana~${nth + 1}` : 'Ana', false])
  )
  let asked = 0
  const named = (name: string) => {
    asked += 1
    return taken.named(name)
  }
  const name = guestName({ named }, 'Ana')
  expect(name).toMatch(/^Ana~\d{2,}$/)
  expect(taken.named(name)).toBeUndefined()
  expect(asked).toBeLessThan(50)
})
