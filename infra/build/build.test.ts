import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'
import { newFolder } from '../testing/folder.ts'
import { bound } from '../testing/spawn-bound.ts'
import { buildServer } from './build-server.ts'
import { buildWeb, isStale } from './build.ts'

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <link rel="icon" href="/icon.svg" />
    <link rel="stylesheet" href="/style.css" />
    <script type="module" src="/main.tsx"></script>
  </head>
  <body></body>
</html>
`
const MAIN = `
import { render } from 'preact'
import { shared } from './shared.ts'
declare const __DEV__: boolean
if (__DEV__) console.log('only for developers')
render(<p>{shared}</p>, document.body)
void import('./locale.ts').then(({ hello }) => console.log(hello))
`

let dir: string
let webDir: string
let outDir: string

async function put(file: string, content: string): Promise<void> {
  await mkdir(dirname(join(dir, file)), { recursive: true })
  await writeFile(join(dir, file), content)
}
const out = (file: string) => readFile(join(outDir, file), 'utf8')

beforeEach(async () => {
  dir = newFolder()
  webDir = join(dir, 'web')
  outDir = join(dir, 'dist/web')
  await put('web/index.html', PAGE)
  await put('web/main.tsx', MAIN)
  await put('web/shared.ts', "export const shared = 'in both'")
  await put('web/locale.ts', "import { shared } from './shared.ts'\nexport const hello = `cześć ${shared}`")
  await put('web/style.css', 'body { color: green; }')
  await put('web/public/icon.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>')
})

describe('the web client', () => {
  test('two processes that build at the same moment both end with a whole build', async () => {
    const builds = await Promise.all(Array.from({ length: 6 }, () => buildWeb({ webDir, outDir })))
    expect(new Set(builds.map(({ build }) => build)).size).toBe(1)
    expect(await isStale({ webDir, outDir })).toBe(false)
    expect(await readdir(join(dir, 'dist'))).toEqual(['web'])
  })

  test('is a page that asks for hashed files, all of them listed and there', async () => {
    const { files } = await buildWeb({ webDir, outDir })
    const page = await out('index.html')
    const asked = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, file]) => file)
    expect(asked).toEqual([
      'icon.svg',
      expect.stringMatching(/^assets\/style-[A-Z0-9]{8}\.css$/),
      expect.stringMatching(/^assets\/main-[A-Z0-9]{8}\.js$/),
      expect.stringMatching(/^assets\/chunk-[A-Z0-9]{8}\.js$/)
    ])
    expect(files).toEqual(expect.arrayContaining(asked))
    expect(files.filter((file) => !existsSync(join(outDir, file)))).toEqual([])
    expect(page).toMatch(/<link rel="modulepreload" href="\/assets\/chunk-\w+\.js" \/>\n\s*<\/head>/)
  })

  test('loads what is imported on demand only then', async () => {
    const { files } = await buildWeb({ webDir, outDir })
    const locale = files.find((file) => file.startsWith('assets/locale-')) ?? ''
    expect(await out(locale)).toContain('cześć')
    expect(await out('index.html')).not.toContain(locale)
  })

  test('is small, without source maps and developers’ code', async () => {
    const { files } = await buildWeb({ webDir, outDir })
    const code = (await Promise.all(files.filter((file) => file.endsWith('.js')).map(out))).join('')
    expect(files.filter((file) => file.endsWith('.map'))).toEqual([])
    expect(code).not.toMatch(/sourceMappingURL|only for developers|location\.reload/)
  })

  test('lies there compressed as well', async () => {
    const { files } = await buildWeb({ webDir, outDir })
    for (const file of files) {
      const plain = await readFile(join(outDir, file))
      expect(brotliDecompressSync(await readFile(join(outDir, `${file}.br`)))).toEqual(plain)
      expect(gunzipSync(await readFile(join(outDir, `${file}.gz`)))).toEqual(plain)
    }
  })

  test('has the same build id from the same files, another from others, and new names only for what changed', async () => {
    const first = await buildWeb({ webDir, outDir })
    expect(await buildWeb({ webDir, outDir })).toEqual(first)
    await put('web/style.css', 'body { color: blue; }')
    const second = await buildWeb({ webDir, outDir })
    expect(second.build).not.toBe(first.build)
    expect(second.files.filter((file) => !first.files.includes(file))).toEqual([
      expect.stringMatching(/^assets\/page-/),
      expect.stringMatching(/^assets\/style-/)
    ])
    expect(first.files.filter((file) => existsSync(join(outDir, file)))).toHaveLength(first.files.length - 2)
  })

  test('for developers reloads itself and has source maps', async () => {
    const { dev, files } = await buildWeb({ webDir, outDir, dev: true })
    const main = files.find((file) => /^assets\/main-.*\.js$/.test(file)) ?? ''
    expect(dev).toBe(true)
    expect(await out(main)).toMatch(/only for developers[^]*sourceMappingURL/)
    expect((await Promise.all(files.map(out))).join('')).toContain('location.reload')
  })

  test.each([
    ['an inline script', PAGE.replace('<body>', '<body><script>1</script>')],
    ['an event attribute', PAGE.replace('<body>', '<body onload="go()">')],
    ['an inline style', PAGE.replace('<body>', '<body style="color: red">')]
  ])('with %s in its page is not built', async (_, page) => {
    await put('web/index.html', page)
    await expect(buildWeb({ webDir, outDir })).rejects.toThrow('must not hold inline')
  })

  test('whose page forgets the style is not built', async () => {
    await put('web/index.html', PAGE.replace('/style.css', '/other.css'))
    await expect(buildWeb({ webDir, outDir })).rejects.toThrow('has no "/style.css"')
  })

  test('that fails to build leaves the former one in place', async () => {
    const { files } = await buildWeb({ webDir, outDir })
    await put('web/main.tsx', 'this is no program')
    await expect(buildWeb({ webDir, outDir })).rejects.toThrow('Build failed')
    expect(files.filter((file) => !existsSync(join(outDir, file)))).toEqual([])
  })
})

describe('a build is stale', () => {
  const stale = () => isStale({ webDir, outDir })

  test('when there is none, or half of one', async () => {
    expect(await stale()).toBe(true)
    await put('dist/web/manifest.json', '{"build":')
    expect(await stale()).toBe(true)
  })

  test('when its inputs changed, not when nothing or a test did', async () => {
    await buildWeb({ webDir, outDir })
    expect(await stale()).toBe(false)
    await put('web/main.test.ts', 'a test')
    expect(await stale()).toBe(false)
    await put('web/new.ts', 'export {}')
    expect(await stale()).toBe(true)
  })

  test('when a file is missing', async () => {
    await buildWeb({ webDir, outDir })
    await rm(join(outDir, 'index.html'))
    expect(await stale()).toBe(true)
  })

  test("when it is a developer's", async () => {
    await buildWeb({ webDir, outDir, dev: true })
    expect(await stale()).toBe(true)
  })
})

// Every package the server is made of, to see that it survives being bundled.
const SERVER = `
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { createAdapter } from '@socket.io/redis-streams-adapter'
import { Redis } from '@upstash/redis'
import { Hono } from 'hono'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { RedisClient } from 'redis'
import { Server } from 'socket.io'
import * as v from 'valibot'
import { builtWeb } from '${join(import.meta.dirname, '../../src/http/static.ts')}'
export async function main(env) {
  const parts = [createAdapter, Redis, RedisClient, v.parse, Registry].map((part) => typeof part)
  const app = new Hono().get('/', (c) => c.json({ parts, builtWeb, marked: env.MARK }))
  const http = createServer(getRequestListener(app.fetch))
  new Server(http)
  http.listen(0, '127.0.0.1', () => pino().info({ port: http.address().port }))
}
if (process.argv[1] === import.meta.filename) void main(process.env)
`

test('the server as one file, alone in a folder, answers every Socket.IO path and lives on', async () => {
  await put('main.ts', SERVER)
  const outFile = join(dir, 'dist/server.js')
  await buildServer({ entry: join(dir, 'main.ts'), outFile })
  const server = spawn(...bound(process.execPath, [outFile]), {
    cwd: tmpdir(),
    env: { MARK: 'seen' },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  try {
    const [line] = (await once(server.stdout, 'data')) as [Buffer]
    const lines = line.toString().trim().split('\n')
    expect(lines).toHaveLength(1)
    const origin = `http://127.0.0.1:${JSON.parse(lines[0] ?? '').port}`

    const paths = ['', '.min', '.esm.min', '.msgpack.min'].map((kind) => `/socket.io/socket.io${kind}.js`)
    const answers = await Promise.all(paths.map((path) => fetch(origin + path)))
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200])
    expect(await answers[0]?.text()).toContain('Socket.IO')
    const odd = [
      '/socket.io/socket.io.js.map',
      '/socket.io/..%2fserver.js',
      '/socket.io/?EIO=4&transport=polling',
      '/socket.io/?EIO=9'
    ]
    await Promise.all(
      odd.map((path) =>
        fetch(origin + path).then(
          (answer) => answer.text(),
          () => 'cut'
        )
      )
    )

    const parts = ['function', 'function', 'function', 'function', 'function']
    expect(await (await fetch(origin)).json()).toEqual({ parts, builtWeb: join(dir, 'dist/web'), marked: 'seen' })
    expect(server.exitCode).toBeNull()
  } finally {
    server.kill('SIGKILL')
  }
})
