import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { SECONDS } from './sequencer.ts'

const ROOT = resolve(import.meta.dirname, '../..')

test('every test file with known seconds exists, so that a renamed one keeps its place', () => {
  const files = globSync('{src,web,infra}/**/*.test.ts', { cwd: ROOT })
  expect([...SECONDS.keys()].filter((known) => !files.some((file) => `/${file}`.endsWith(`/${known}`)))).toEqual([])
})
