// Holds the design's layers: imports point inwards. Each layer lists what it may name, read from the import lines of its files.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')

// What every layer may know of the ones beside it: interfaces, shapes and the one error of a store; who somebody is; how to log.
const STORE_INTERFACES =
  /^src\/storage\/(answer-bytes|message-log|message-log-measured|presence|revocations|store-away|stored)\.ts$/
const COMMON = [/^src\/(contract|identity|origins|client-address|unsent|log|config)\.ts$/, /^valibot$/, /^node:/]

interface Layer {
  name: string
  files: RegExp
  /** Files of the tree, or packages. */
  mayImport: readonly RegExp[]
}

// The first layer that a file fits is its own.
const layers: readonly Layer[] = [
  { name: 'the contract', files: /^src\/contract\.ts$/, mayImport: [/^valibot$/] },
  { name: 'main', files: /^src\/main\.ts$/, mayImport: [/./] },
  {
    name: 'server',
    files: /^src\/server\.ts$/,
    mayImport: [
      ...COMMON,
      STORE_INTERFACES,
      /^src\/(listener|request-guard|host-names|unsent-limits)\.ts$/,
      /^src\/(chat|gateway|http)\//,
      /^@hono\/node-server$/,
      /^socket\.io$/
    ]
  },
  {
    name: 'chat',
    files: /^src\/chat\//,
    mayImport: [/^src\/(contract|names)\.ts$/, /^src\/chat\//, STORE_INTERFACES, /^valibot$/, /^node:crypto$/]
  },
  {
    name: 'storage',
    files: /^src\/storage\//,
    mayImport: [
      /^src\/(contract|names)\.ts$/,
      /^src\/storage\//,
      /^src\/chat\/chat-error\.ts$/,
      /^valibot$/,
      /^node:/,
      /^redis$/,
      /^@redis\//,
      /^@upstash\/redis$/
    ]
  },
  {
    name: 'gateway/adapter',
    files: /^src\/gateway\/adapter(-client)?\.ts$/,
    mayImport: [
      ...COMMON,
      /^src\/(chat|gateway)\//,
      /^socket\.io(-adapter)?$/,
      /^@socket\.io\/redis-streams-adapter$/,
      /^redis$/
    ]
  },
  {
    name: 'gateway',
    files: /^src\/gateway\//,
    mayImport: [
      ...COMMON,
      /^src\/(chat|gateway)\//,
      /^src\/storage\/(answer-bytes|store-away)\.ts$/,
      /^(socket|engine)\.io$/
    ]
  },
  {
    name: 'http',
    files: /^src\/http\//,
    mayImport: [
      ...COMMON,
      /^src\/(chat|http)\//,
      /^src\/storage\/(answer-bytes|store-away)\.ts$/,
      /^hono(\/|$)/,
      /^@hono\/node-server$/,
      /^prom-client$/
    ]
  },
  {
    name: 'a file beside main',
    files: /^src\/[^/]+$/,
    mayImport: [/^src\/[^/]+$/, /^src\/chat\/clock\.ts$/, /^node:/, /^valibot$/, /^jose$/, /^pino$/, /^hono\/utils\//]
  },
  {
    name: 'the published client',
    files: /^web\/client\//,
    mayImport: [/^web\/(client|state)\//, /^web\/socket\.ts$/, /^src\/contract\.ts$/, /^@preact\/signals$/, /^valibot$/]
  },
  {
    name: 'web',
    files: /^web\//,
    mayImport: [
      /^web\/(?!client\/)/,
      /^src\/contract\.ts$/,
      /^preact(\/|$)/,
      /^@preact\/signals$/,
      /^socket\.io-client$/,
      /^valibot$/
    ]
  }
]

/** Tests, and what only tests import. */
const FOR_TESTS = /\.(test|contract|harness|fixture)\.tsx?$/
const IMPORT =
  /(?:^|[;{}\s])(?:import|export)\b[^'"`;=()]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g
const READS_ENVIRONMENT = /\bprocess\s*(?:\?\.|\.)\s*env\b|\bprocess\[['"`]env|from 'node:process'/
const MAY_READ_ENVIRONMENT = /^src\/(config|main)\.ts$/

/** What a file's text imports that its layer may not, and whether it reads the environment, as sentences. */
function violations(file: string, text: string): string[] {
  const code = text.replaceAll(/^\s*(\/\/|\/?\*).*$/gm, '')
  const layer = layers.find(({ files }) => files.test(file))
  if (!layer) return [`${file} belongs to no layer`]
  const imported = [...code.matchAll(IMPORT)].map(([, from, whole]) => named(file, from ?? whole ?? ''))
  const found = imported
    .filter((target) => FOR_TESTS.test(target) || !layer.mayImport.some((allowed) => allowed.test(target)))
    .map((target) => `${file} imports ${target}, which ${layer.name} may not know`)
  if (READS_ENVIRONMENT.test(code) && !MAY_READ_ENVIRONMENT.test(file)) found.push(`${file} reads the environment`)
  return found
}

/** A path from the top of the tree for files, the name itself for packages. */
const named = (file: string, specifier: string) =>
  specifier.startsWith('.') ? join(dirname(file), specifier) : specifier

/** The files that run. */
function ourFiles(): string[] {
  return ['src', 'web'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file}`)
      .filter((file) => /\.tsx?$/.test(file) && !FOR_TESTS.test(file))
  )
}

test('every file keeps to its layer', () => {
  const files = ourFiles()
  expect(files).toEqual(
    expect.arrayContaining(['src/contract.ts', 'src/chat/clock.ts', 'src/http/static.ts', 'web/dev-reload.ts'])
  )
  expect(files.flatMap((file) => violations(file, readFileSync(join(ROOT, file), 'utf8')))).toEqual([])
})

describe('a planted line is found:', () => {
  test.each([
    ['src/contract.ts', "import { Hono } from 'hono'"],
    ['src/contract.ts', "import type { Room } from './chat/chat.ts'"],
    ['src/chat/chat.ts', "import { openSqliteLog } from '../storage/message-log-sqlite.ts'"],
    ['src/chat/chat.ts', "import type { Server } from 'socket.io'"],
    ['src/chat/chat.ts', "import { createServer } from 'node:http'"],
    ['src/chat/chat.ts', "import { openGateway } from '../gateway/gateway.ts'"],
    ['src/chat/deep/er.ts', "import { a } from '../../http/app.ts'"],
    ['src/storage/presence-redis.ts', "import { createChat } from '../chat/chat.ts'"],
    ['src/storage/presence-redis.ts', "import { Server } from 'socket.io'"],
    ['src/gateway/native.ts', "import { createApp } from '../http/app.ts'"],
    ['src/gateway/native.ts', "import { createClient } from 'redis'"],
    ['src/gateway/gateway.ts', "import { createAdapter } from '@socket.io/redis-streams-adapter'"],
    ['src/gateway/adapter.ts', "import { Redis } from '@upstash/redis'"],
    ['src/http/rooms.ts', "import { openGateway } from '../gateway/gateway.ts'"],
    ['src/http/rooms.ts', "import { createRedisLog } from '../storage/message-log-redis.ts'"],
    ['src/http/rooms.ts', "import { Redis } from '@upstash/redis'"],
    ['src/http/rooms.ts', "import { startApp } from './app.harness.ts'"],
    ['src/server.ts', "import { createClient } from 'redis'"],
    ['src/server.ts', "import { openSqliteLog } from './storage/message-log-sqlite.ts'"],
    ['src/log.ts', "import { createClient } from 'redis'"],
    ['web/socket.ts', "import { createChat } from '../src/chat/chat.ts'"],
    ['web/client/client.ts', "import { App } from '../components/App.tsx'"],
    ['web/client/store-file.ts', "import { open } from 'node:fs/promises'"],
    ['web/state/rooms.ts', "import { openFeed } from '../client/feed.ts'"],
    ['web/state/rooms.ts', "import { readFileSync } from 'node:fs'"],
    ['web/state/rooms.ts', "import { marked } from 'marked'"]
  ])('%s: %s', (file, line) => expect(violations(file, `const a = 1\n${line}\nconst b = 2\n`)).toHaveLength(1))

  test.each([
    ["import {\n  createApp,\n  type App\n} from '../http/app.ts'"],
    ["export * from '../http/app.ts'"],
    ["export { createApp } from '../http/app.ts'"],
    ["import '../http/app.ts'"],
    ["const { createApp } = await import('../http/app.ts')"],
    ["type App = import('../http/app.ts').App"],
    ['import { createApp } from "../http/app.ts"'],
    ["import createApp, * as app from '../http/app.ts'"]
  ])('whatever its form: %s', (line) => expect(violations('src/gateway/native.ts', line)).toHaveLength(1))

  test.each([
    ['src/server.ts', "const port = process.env['PORT']"],
    ['src/chat/chat.ts', 'const { PORT } = process.env'],
    ['web/socket.ts', 'process.env.NODE_ENV'],
    ['src/http/app.ts', "import { env } from 'node:process'"]
  ])('%s: %s', (file, line) => expect(violations(file, line)).toEqual([`${file} reads the environment`]))
})

test.each([
  ['src/chat/chat.ts', "import type { MessageLog } from '../storage/message-log.ts'"],
  ['src/gateway/adapter.ts', "import { createClient } from 'redis'"],
  ['src/storage/presence-upstash.ts', "import { Redis } from '@upstash/redis'"],
  ['src/main.ts', 'await main(process.env)'],
  ['src/chat/chat.ts', "// import { Server } from 'socket.io' would be wrong, and so would process.env"],
  ['web/state/rooms.ts', "import { LOBBY } from '../../src/contract.ts'"]
])('an allowed line is let through: %s: %s', (file, line) => expect(violations(file, line)).toEqual([]))
