// The README's table of limits says what the settings and the page say.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { reasons } from '../../src/contract.ts'
import { settings, type SettingName } from '../../src/process/settings.ts'
import { textsOf } from './texts.fixture.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const section = /^## What is limited$(.*?)^## /ms.exec(readme)?.[1] ?? ''
const rows = [...section.matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) => row.split(' | '))
const limits = rows.filter((cells) => cells.length === 5)
const texts = rows.filter((cells) => cells.length === 4)

test('each limit with a variable shows its default', () => {
  const shown = limits.flatMap(([, , value = '', variables = '']) =>
    [...variables.matchAll(/`([A-Z_]+)`/g)]
      .map(([, name]) => ({ value: value.replaceAll(',', ''), name }))
      // What the store itself decides has no default.
      .filter(({ name }) => settings[name as SettingName].default !== null)
  )
  expect(shown.length).toBeGreaterThan(4)
  for (const { name, value } of shown)
    expect(`${name} ${value}`).toMatch(new RegExp(`\\b${settings[name as SettingName].default}\\b`))
})

test('each reason that a limit is refused with has its text, as the page says it in three languages', async () => {
  const used = new Set(
    limits.flatMap(([, , , , read = '']) => [...read.matchAll(/`([a-z-]+)`/g)].map(([, reason]) => reason))
  )
  const locales = await Promise.all(['en', 'pl', 'ro'].map(textsOf))
  const shown = texts.filter(([name = '']) => name.startsWith('`'))
  expect(new Set(shown.map(([name = '']) => name.slice(1, -1)))).toEqual(used)
  for (const [name = '', ...sentences] of shown) {
    const reason = reasons.find((one) => `\`${one}\`` === name) ?? 'fault'
    expect([name, ...sentences]).toEqual([name, ...locales.map((texts) => texts[`reason.${reason}`])])
  }
})
