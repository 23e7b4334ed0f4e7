import { expect, test } from 'vitest'
import { meetNeeds, type Need } from './needs.ts'

function need(name: string, installed: Set<string>): Need {
  return { what: `the ${name} program`, packages: [name, `${name}-tools`], isThere: () => installed.has(name) }
}

test('nothing is installed when all is there', () => {
  const asked: string[] = []
  meetNeeds([need('redis', new Set(['redis']))], (packages) => asked.push(...packages))
  expect(asked).toEqual([])
})

test('what is missing is installed, and only that', () => {
  const installed = new Set(['redis'])
  const install = (packages: readonly string[]) => packages.forEach((name) => installed.add(name))
  meetNeeds([need('redis', installed), need('chromium', installed)], install)
  expect([...installed]).toEqual(['redis', 'chromium', 'chromium-tools'])
})

test.each([
  ['where nothing may be installed', null],
  ['where installing fails', () => {}]
])('%s, one sentence says what to install', (_, install) => {
  const wanted = [need('redis', new Set()), need('chromium', new Set())]
  expect(() => meetNeeds(wanted, install)).toThrow(
    'The tests need the redis program, the chromium program: install redis redis-tools chromium chromium-tools (Debian: sudo apt-get install redis redis-tools chromium chromium-tools).'
  )
})

test('another program is enough where the better one cannot be installed', () => {
  const asked: string[] = []
  const shell = { ...need('headless', new Set()), isReplaced: () => true }
  meetNeeds([shell], (packages) => asked.push(...packages))
  expect(asked).toEqual(['headless', 'headless-tools'])
  expect(() => meetNeeds([{ ...shell, isReplaced: () => false }], null)).toThrow('install headless headless-tools')
})
