// The table of look-alikes is what its maker makes of ICU's data, where that version of ICU is there.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const made = spawnSync('python3', [join(import.meta.dirname, 'confusables.py')], { encoding: 'utf8' })

test.skipIf(made.stderr?.includes('libicui18n'))('the table of look-alikes is that of ICU 72', () => {
  const file = readFileSync(join(import.meta.dirname, '../../src/confusables.ts'), 'utf8')
  expect(made.stderr).toBe('')
  expect(file).toContain(`GROUPS = \`\n${made.stdout}\``)
})
