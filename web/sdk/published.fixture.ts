// The client as somebody gets it: built, and in the node_modules of an otherwise empty folder.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { beforeAll } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { buildClient } from '../../infra/build/build-client.ts'
import { bound } from '../../infra/testing/spawn-bound.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const BUILT_WITHIN_MS = 60_000

let built = ''

/** Builds the client for the tests of a file, which calls this once: a worker that runs several files loads this module once. */
export function buildForFile(): void {
  beforeAll(async () => {
    built = newFolder()
    await buildClient({ outFile: join(built, 'client.js') })
  }, BUILT_WITHIN_MS)
}

/** Puts taifas into `folder`, and nothing else. */
export function installClient(folder: string): { clientFile: string } {
  const installed = join(folder, 'node_modules/taifas')
  mkdirSync(installed, { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'))
  cpSync(built, join(installed, 'dist'), { recursive: true })
  return { clientFile: join(installed, 'dist/client.js') }
}

/** The compiler over one file of a program that uses it. Returns its complaints. */
export async function compile(folder: string, file: string, text: string): Promise<string> {
  writeFileSync(join(folder, file), text)
  const strictly = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--target',
    'es2024',
    '--module',
    'nodenext'
  ]
  return (await run(join(ROOT, 'node_modules/.bin/tsc'), [...strictly, file], folder)).printed
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  printed: string
}

const running = new Set<ChildProcess>()
export function endPrograms(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** A program in a folder, until it ends. */
export async function run(program: string, args: string[], cwd: string): Promise<Ended> {
  const child = spawn(...bound(program, args), {
    cwd,
    env: { PATH: dirname(process.execPath) },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  running.add(child)
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  running.delete(child)
  return { code, signal, printed }
}
