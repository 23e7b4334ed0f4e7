// Enforces the layers: imports point downward, and each package is used in the folders that exist for it.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')

interface Layer {
  name: string
  files: RegExp
  /** Packages and Node modules that only some layers use. `valibot` and `node:crypto` are allowed everywhere in src. */
  packages?: readonly RegExp[]
  /** Other files it may import, besides the layers below it. */
  also?: readonly RegExp[]
}

const SHARED_PACKAGES = [/^valibot$/, /^node:crypto$/]

// Top to bottom. A layer may import itself and every layer below it. The first layer that a file fits is its own.
const server: readonly Layer[] = [
  { name: 'main', files: /^src\/main\.ts$/, packages: [/^node:/] },
  { name: 'server', files: /^src\/server(\/.*)?\.ts$/, packages: [/^@hono\/node-server$/, /^node:/, /^socket\.io$/] },
  {
    name: 'http',
    files: /^src\/http\//,
    packages: [/^hono(\/|$)/, /^@hono\/node-server$/, /^prom-client$/, /^node:/]
  },
  { name: 'gateway', files: /^src\/gateway\//, packages: [/^(socket|engine)\.io$/, /^node:http$/] },
  { name: 'chat', files: /^src\/chat\// },
  { name: 'alerts', files: /^src\/alerts\//, packages: [/^web-push$/, /^node:(https|net|dns\/promises)$/] },
  { name: 'reads', files: /^src\/reads\// },
  {
    name: 'accounts',
    files: /^src\/accounts\//,
    packages: [/^@simplewebauthn\/server$/, /^openid-client$/]
  },
  { name: 'people', files: /^src\/people\// },
  { name: 'sessions', files: /^src\/sessions\// },
  { name: 'presence', files: /^src\/presence\// },
  {
    name: 'bus',
    files: /^src\/bus\//,
    packages: [/^socket\.io(-adapter)?$/, /^@socket\.io\/redis-streams-adapter$/, /^redis$/]
  },
  { name: 'log', files: /^src\/log\//, packages: [/^node:(sqlite|fs|fs\/promises|child_process|path)$/] },
  { name: 'redis', files: /^src\/redis\//, packages: [/^redis$/, /^@upstash\/redis$/] },
  {
    name: 'process',
    files: /^src\/process\//,
    packages: [/^node:/, /^pino$/]
  },
  { name: 'access', files: /^src\/access\//, packages: [/^node:/] },
  { name: 'identity', files: /^src\/(identity|origins)\.ts$/, packages: [/^hono\/utils\//, /^node:/] },
  {
    name: 'names, errors, clock and backoff',
    files: /^src\/(names|confusables|errors|clock|backoff)\.ts$/,
    packages: [/./]
  },
  { name: 'the contract', files: /^src\/contract(\/.*)?\.ts$/ }
]

const SHARED_WITH_BROWSER = /^src\/contract(\/.*)?\.ts$/
const browser: readonly Layer[] = [
  {
    name: 'the page',
    files: /^web\/(?!engine\/|sdk\/)/,
    packages: [
      /^preact(\/|$)/,
      /^@preact\/signals$/,
      /^markdown-it$/,
      /^@speed-highlight\/core\//,
      /^@simplewebauthn\/browser$/,
      /^uqr$/
    ],
    also: [SHARED_WITH_BROWSER]
  },
  { name: 'the sdk', files: /^web\/sdk\//, packages: [/^@preact\/signals$/], also: [SHARED_WITH_BROWSER] },
  {
    name: 'the engine',
    files: /^web\/engine\//,
    packages: [/^@preact\/signals$/, /^socket\.io-client$/],
    also: [SHARED_WITH_BROWSER]
  }
]

/** Tests, and what only tests and tools import. */
const FOR_TESTS = /\.(test|contract|fixture)\.tsx?$|^(infra|web)\/testing\//
const IMPORT =
  /(?:^|[;{}\s])(?:import|export)\b[^'"`;=()]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g
const READS_ENVIRONMENT = /\bprocess\s*(?:\?\.|\.)\s*env\b|\bprocess\[['"`]env|from 'node:process'/
const MAY_READ_ENVIRONMENT = /^src\/(process\/config|main)\.ts$/

/** What a file imports that its layer may not, and whether it reads the environment, as sentences. */
function violations(file: string, text: string): string[] {
  const code = text.replaceAll(/^\s*(\/\/|\/?\*).*$/gm, '')
  const layers = file.startsWith('web/') ? browser : server
  const rank = layers.findIndex(({ files }) => files.test(file))
  const layer = layers[rank]
  if (!layer) return [`${file} belongs to no layer`]
  const mayImport = (target: string) =>
    layers.slice(rank).some(({ files }) => files.test(target) && !isSdkForPage(layer, target)) ||
    [...SHARED_PACKAGES, ...(layer.packages ?? []), ...(layer.also ?? [])].some((allowed) => allowed.test(target))
  const found = importsOf(file, code)
    .filter((target) => FOR_TESTS.test(target) || !mayImport(target))
    .map((target) => `${file} imports ${target}, which ${layer.name} may not know`)
  if (READS_ENVIRONMENT.test(code) && !MAY_READ_ENVIRONMENT.test(file)) found.push(`${file} reads the environment`)
  return found
}

/** The page and the sdk are two programs on one engine. */
const isSdkForPage = (layer: Layer, target: string) => layer.name === 'the page' && target.startsWith('web/sdk/')

/** What a file imports: paths from the top of the tree, and names of packages. */
const importsOf = (file: string, code: string): string[] =>
  [...code.matchAll(IMPORT)].map(([, from, whole]) => {
    const specifier = from ?? whole ?? ''
    return specifier.startsWith('.') ? join(dirname(file), specifier) : specifier
  })

const filesIn = (...folders: string[]) =>
  folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file}`)
      .filter((file) => /\.tsx?$/.test(file))
  )
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

test('every file imports only its own layer and layers below it', () => {
  const files = filesIn('src', 'web').filter((file) => !FOR_TESTS.test(file))
  expect(files).toEqual(expect.arrayContaining(['src/contract.ts', 'src/clock.ts', 'src/http/static.ts']))
  expect(files.flatMap((file) => violations(file, read(file)))).toEqual([])
})

describe('a planted line is found:', () => {
  test.each([
    ['src/contract.ts', "import { Hono } from 'hono'"],
    ['src/contract.ts', "import type { Chat } from './chat/chat.ts'"],
    ['src/chat/chat.ts', "import type { Server } from 'socket.io'"],
    ['src/chat/chat.ts', "import { createServer } from 'node:http'"],
    ['src/chat/chat.ts', "import { openGateway } from '../gateway/gateway.ts'"],
    ['src/chat/deep/er.ts', "import { a } from '../../http/app.ts'"],
    ['src/presence/redis.ts', "import { createChat } from '../chat/chat.ts'"],
    ['src/presence/redis.ts', "import { Server } from 'socket.io'"],
    ['src/log/feed.ts', "import { noBus } from '../bus/messages.ts'"],
    ['src/redis/connection.ts', "import { createRedisLog } from '../log/redis/redis-log.ts'"],
    ['src/gateway/native.ts', "import { createApp } from '../http/app.ts'"],
    ['src/gateway/native.ts', "import { createClient } from 'redis'"],
    ['src/gateway/gateway.ts', "import { createAdapter } from '@socket.io/redis-streams-adapter'"],
    ['src/bus/redis-bus.ts', "import { Redis } from '@upstash/redis'"],
    ['src/http/rooms.ts', "import { Redis } from '@upstash/redis'"],
    ['src/http/rooms.ts', "import { openApp } from './app.fixture.ts'"],
    ['src/http/rooms.ts', "import { openInstances } from '../../infra/testing/instances.ts'"],
    ['src/server.ts', "import { createClient } from 'redis'"],
    ['src/process/logger.ts', "import { createClient } from 'redis'"],
    ['web/engine/socket.ts', "import { App } from '../components/App.tsx'"],
    ['web/sdk/client.ts', "import { App } from '../components/App.tsx'"],
    ['web/sdk/store-file.ts', "import { open } from 'node:fs/promises'"],
    ['web/state/rooms.ts', "import { openFeed } from '../sdk/feed.ts'"],
    ['web/state/rooms.ts', "import { createChat } from '../../src/chat/chat.ts'"],
    ['web/state/rooms.ts', "import { readFileSync } from 'node:fs'"]
  ])('%s: %s', (file, line) => expect(violations(file, `const a = 1\n${line}\nconst b = 2\n`)).toHaveLength(1))

  test.each([
    ["import {\n  createApp,\n  type App\n} from '../http/app.ts'"],
    ["export * from '../http/app.ts'"],
    ["import '../http/app.ts'"],
    ["const { createApp } = await import('../http/app.ts')"],
    ["type App = import('../http/app.ts').App"],
    ['import { createApp } from "../http/app.ts"']
  ])('in each form: %s', (line) => expect(violations('src/gateway/native.ts', line)).toHaveLength(1))

  test.each([
    ['src/server.ts', "const port = process.env['PORT']"],
    ['src/chat/chat.ts', 'const { PORT } = process.env'],
    ['src/http/app.ts', "import { env } from 'node:process'"]
  ])('%s: %s', (file, line) => expect(violations(file, line)).toContain(`${file} reads the environment`))
})

test.each([
  ['src/chat/chat.ts', "import type { MessageLog } from '../log/message-log.ts'"],
  ['src/bus/redis-bus.ts', "import { RedisClient } from 'redis'"],
  ['src/redis/rest.ts', "import { Redis } from '@upstash/redis'"],
  ['src/main.ts', 'await main(process.env)'],
  ['src/chat/chat.ts', "// import { Server } from 'socket.io' would be wrong, and so would process.env"],
  ['web/state/rooms.ts', "import { LOBBY } from '../../src/contract.ts'"]
])('an allowed line passes: %s: %s', (file, line) => expect(violations(file, line)).toEqual([]))
