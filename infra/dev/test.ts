// `npm test`: everything that says whether this is fit to be kept, one step after another, two at a time where they don't meet.
// Stops at the first step that fails; the last line counts the tests.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import * as v from 'valibot'
import { bound } from '../testing/spawn-bound.ts'
import { meetNeeds } from './needs.ts'

const ROOT = resolve(import.meta.dirname, '../..')
// Programs of the lockfile first, with the Node that runs this.
const PATH = [join(ROOT, 'node_modules/.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter)
const HERE = { cwd: ROOT, env: { ...process.env, PATH } }
const results = v.object({ numPassedTests: v.number(), numFailedTests: v.number(), numPendingTests: v.number() })

interface Step {
  name: string
  command: readonly [string, ...string[]]
}

const types: Step = { name: 'types of the server', command: ['tsc', '-p', '.'] }
const webTypes: Step = { name: 'types of the web client', command: ['tsc', '-p', 'web'] }
const lint: Step = { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] }
const format: Step = { name: 'format', command: ['oxfmt', '--check', '.'] }
const build: Step = { name: 'build', command: ['node', 'infra/build/build.ts'] }

/** npm, which may be killed. */
const parent = process.ppid
setInterval(() => process.ppid === parent || process.exit(1), 1_000).unref()

process.exitCode = (await everything()) ? 0 : 1

async function everything(): Promise<boolean> {
  try {
    const started = performance.now()
    meetNeeds()
    report('needs', started)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return count(0, 1)
  }
  for (const together of [[types, webTypes], [lint, format], [build]]) {
    const outcomes = await Promise.all(together.map(runQuietly))
    if (outcomes.includes(false)) return count(0, 1)
  }
  return tests()
}

/** Shows what a step says only when it fails. */
async function runQuietly({ name, command: [program, ...args] }: Step): Promise<boolean> {
  const started = performance.now()
  const child = spawn(...bound(program, args), { ...HERE, stdio: ['ignore', 'pipe', 'pipe'] })
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  report(name, started, code === 0 ? 'ok' : 'FAILED')
  if (code !== 0) console.error(Buffer.concat(said).toString())
  return code === 0
}

async function tests(): Promise<boolean> {
  const started = performance.now()
  const dir = mkdtempSync(join(tmpdir(), 'taifas-test-'))
  const file = join(dir, 'results.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const child = spawn(...bound('vitest', ['run', ...reporters]), { ...HERE, stdio: 'inherit' })
    const [code] = (await once(child, 'close')) as [number | null]
    report('tests', started, code === 0 ? 'ok' : 'FAILED')
    const { numPassedTests, numFailedTests, numPendingTests } = v.parse(results, JSON.parse(readFileSync(file, 'utf8')))
    // A file that can't be loaded or an error outside of any test fails the run without failing a test.
    return count(numPassedTests, code === 0 ? numFailedTests : Math.max(numFailedTests, 1), numPendingTests)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return count(0, 1)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

function report(name: string, started: number, outcome = 'ok'): void {
  console.log(`${outcome.padEnd(6)} ${name} (${((performance.now() - started) / 1_000).toFixed(1)} s)`)
}

/** The closing line; true when nothing failed and something was tried. */
function count(passed: number, failed: number, skipped = 0): boolean {
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  return failed === 0 && passed > 0
}
