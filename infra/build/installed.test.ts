// What a newcomer reads who starts a program too early.
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder } from '../testing/folder.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
const programs = Object.entries(scripts).filter(([, command]) => /\bnode .*\.ts\b/.test(command))

function run(command: string, cwd: string) {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd, encoding: 'utf8' })
  return { status, printed: stdout + stderr }
}

test('before npm ci, every program of package.json says what is missing', () => {
  const clone = newFolder()
  cpSync(join(ROOT, 'infra/build/installed.cjs'), join(clone, 'infra/build/installed.cjs'))
  expect(programs.length).toBeGreaterThan(5)
  for (const [name, command] of programs)
    expect([name, run(command, clone)]).toEqual([
      name,
      { status: 1, printed: 'The packages are missing: run `npm ci` first.\n' }
    ])
})

test('on an old Node, it says which one is needed', () => {
  const folder = newFolder()
  const old = join(folder, 'old.cjs')
  writeFileSync(old, `Object.defineProperty(process.versions, 'node', { value: '20.19.0' })`)
  const { status, printed } = run(`node -r ${old} -r ./infra/build/installed.cjs infra/build/start.ts`, ROOT)
  expect({ status, printed }).toEqual({ status: 1, printed: expect.stringContaining('Taifas needs Node 24') })
})

test('--help prints the options, and so does an option that does not exist', () => {
  const options = /^npm run world -- \[options\]\n {2}--regions ams,iad,nrt/m
  expect(run('node infra/world/world.ts --help', ROOT)).toEqual({ status: 0, printed: expect.stringMatching(options) })
  const wrong = run('node infra/world/world.ts --region ams', ROOT)
  expect(wrong).toEqual({ status: 1, printed: expect.stringMatching(options) })
  expect(wrong.printed).toMatch(/^Unknown option '--region'\n/)
})
