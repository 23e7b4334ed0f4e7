import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COLORS } from '../../src/contract.ts'

/** WCAG, for text of this size. */
const CONTRAST_MIN = 4.5
const style = readFileSync(join(import.meta.dirname, '../style/person.css'), 'utf8')

/** In light and in dark, as WCAG defines it. */
function luminances(selector: string, property: string): number[] {
  const rule = String.raw`${selector} \{[^}]* ${property}: light-dark\((#\w{6}), (#\w{6})\)`
  const [, ...colors] = new RegExp(rule).exec(style) ?? []
  return colors.map((color) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = parseInt(color.slice(at, at + 2), 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  })
}

test.each(Array.from({ length: COLORS }, (_, n) => n))('a text on color %i is readable in light and in dark', (n) => {
  const inks = luminances('avatar', 'color')
  const contrasts = luminances(`tone-${n}`, 'background').map((ground, scheme) => {
    const [dark = 0, light = 0] = [ground, inks[scheme] ?? 0].toSorted((one, other) => one - other)
    return (light + 0.05) / (dark + 0.05)
  })
  expect(contrasts).toHaveLength(2)
  expect(Math.min(...contrasts)).toBeGreaterThanOrEqual(CONTRAST_MIN)
})
