import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isAlive } from '../testing/child.ts'
import { newFolder } from '../testing/folder.ts'
import { bound } from '../testing/spawn-bound.ts'
import { until } from '../testing/until.ts'
import { freePort } from './free-port.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const STARTS_WITHIN_MS = 30_000

// A chat as small as can be, in a copy of the project: what is tried here is what happens around it.
const SERVER = `
import { createServer } from 'node:http'
import { openAssets } from './http/static.ts'
import { word } from './word.ts'
export async function main(env) {
  const assets = openAssets()
  const server = createServer(async (request, response) => {
    const asset = assets.serve(request.url, '')
    if (asset) response.writeHead(asset.status).end(Buffer.from(await asset.arrayBuffer()))
    else response.end(JSON.stringify({ word, pid: process.pid }))
  })
  server.listen(env.PORT, '127.0.0.1')
}
`

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <link rel="stylesheet" href="/style.css" />
    <script type="module" src="/main.tsx"></script>
  </head>
</html>
`

let dir: string
let dev: ChildProcess
let origin: string
let printed = ''

const put = async (file: string, content: string) => {
  await mkdir(dirname(join(dir, file)), { recursive: true })
  await writeFile(join(dir, file), content)
}

beforeEach(async () => {
  dir = newFolder()
  await symlink(join(ROOT, 'node_modules'), join(dir, 'node_modules'))
  for (const file of [
    'infra/build',
    'infra/dev/dev.ts',
    'src/http/static.ts',
    'web/dev-reload.ts',
    'package.json',
    'package-lock.json'
  ])
    await cp(join(ROOT, file), join(dir, file), { recursive: true })
  await put('src/main.ts', SERVER)
  await put('src/word.ts', "export const word = 'first'")
  await put('src/contract.ts', 'export {}')
  await put('src/contract/limits.ts', 'export {}')
  await put('web/main.tsx', "document.title = 'first'")
  await put('web/worker.ts', 'export {}')
  await put('web/style.css', 'body { color: green; }')
  await put('web/index.html', PAGE)

  const port = await freePort()
  origin = `http://127.0.0.1:${port}`
  // A group of its own, as a terminal gives one.
  dev = spawn(...bound(process.execPath, ['infra/dev/dev.ts']), {
    cwd: dir,
    env: { PATH: process.env['PATH'], PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true
  })
  printed = ''
  for (const stream of [dev.stdout, dev.stderr]) stream?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
})

afterEach(async () => {
  if (dev.exitCode === null && dev.signalCode === null && dev.pid) process.kill(-dev.pid, 'SIGKILL')
})

const server = async () => (await (await fetch(`${origin}/word`)).json()) as { word: string; pid: number }
const script = async () => {
  const page = await (await fetch(origin)).text()
  return (await fetch(origin + (/src="([^"]+)"/.exec(page)?.[1] ?? ''))).text()
}
/** While it starts again nobody answers. */
const serverSays = (word: string) =>
  until(
    `the server to say ${word}`,
    async () => {
      const answer = await server().catch(() => null)
      return answer?.word === word && answer
    },
    STARTS_WITHIN_MS
  )
const scriptSays = (word: string) =>
  until(`the page to say ${word}`, async () => (await script().catch(() => '')).includes(`"${word}"`), STARTS_WITHIN_MS)
const isPrinted = (text: string) => until(`"${text}"`, () => printed.includes(text), STARTS_WITHIN_MS)

test('a saved file of server or browser takes effect, a mistake ends nothing, and Ctrl-C leaves nothing behind', async () => {
  const first = await serverSays('first')
  expect(await script()).toContain('"first"')

  await put('src/word.ts', "export const word = 'second'")
  const second = await serverSays('second')
  expect(isAlive(first.pid)).toBe(false)

  await put('web/main.tsx', "document.title = 'second'")
  await scriptSays('second')

  await put('src/word.ts', 'this is no program')
  await isPrinted('started again after the next save')
  await put('src/word.ts', "export const word = 'third'")
  await serverSays('third')

  await put('web/main.tsx', 'this is no program')
  await isPrinted('Build failed')
  expect((await server()).word).toBe('third')
  await put('web/main.tsx', "document.title = 'fourth'")
  await scriptSays('fourth')

  await appendFile(join(dir, 'src/word.ts'), '\n')
  const last = await serverSays('third')
  const ended = once(dev, 'exit')
  if (dev.pid) process.kill(-dev.pid, 'SIGINT')
  expect(await ended).toEqual([0, null])
  expect([first, second, last].filter(({ pid }) => isAlive(pid))).toEqual([])
}, 60_000)

test('killed outright, it takes its server along', async () => {
  await serverSays('first')
  dev.kill('SIGKILL')
  const isGone = () =>
    server().then(
      () => false,
      () => true
    )
  await until('its server to be gone', isGone, STARTS_WITHIN_MS)
}, 60_000)
