// fly.toml, the Dockerfile, compose.yaml and the code agree where an operator would lose messages, people or time if they didn't.
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { parse as parseToml } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { readConfig } from '../../../src/process/config.ts'
import { settings } from '../../../src/process/settings.ts'
import { BUS_WITHIN_MS } from '../../../src/server/readiness.ts'
import { SERVER_OPTIONS } from '../../build/server-options.ts'
import { startTestServer } from '../chat-server.ts'
import {
  flySchema,
  imageCommand,
  imageSays,
  imageVariables,
  instructions,
  read,
  readCompose,
  readFly,
  ROOT
} from './files.ts'

const FLY_KILL_TIMEOUT_MAX_MS = 300_000
/** Docker sends it where nothing else is configured. */
const DOCKER_SIGNAL = 'SIGTERM'
const SECRET = /^(REDIS_URL|UPSTASH_|SESSION_SECRET|MODERATOR_TOKEN|OIDC_CLIENT_SECRET|VAPID_)/

const fly = readFly()
const { http_service: service } = fly
const [check] = service.checks
const { chat, redis, caddy } = readCompose()
const { scripts } = v.parse(v.object({ scripts: v.record(v.string(), v.string()) }), JSON.parse(read('package.json')))
const port = Number(imageSays('EXPOSE'))
const healthUrl = new URL(/http:[^']+/.exec(chat.healthcheck.test.join(' '))?.[0] ?? 'none:')

const code = globSync('{src,infra/world}/**/*.ts', { cwd: ROOT, exclude: (path) => path.endsWith('.test.ts') })
  .map(read)
  .join('\n')

/** A number that the code names. */
function constant(name: string): number {
  const [, digits] = new RegExp(`const ${name} = ([\\d_]+)\n`).exec(code) ?? []
  if (digits === undefined) throw new Error(`the code names no ${name}`)
  return Number(digits.replaceAll('_', ''))
}
const endWithinMs = constant('SHUTDOWN_WITHIN_MS')

describe('ports and health checks', () => {
  test('every file uses the port on which the chat listens', () => {
    expect([service.internal_port, `${port}`]).toEqual([Number(fly.env['PORT']), imageVariables()['PORT']])
    expect(`${port}`).toBe(settings.PORT.default)
    expect([chat.ports[0].split(':').at(-1), healthUrl.port]).toEqual([`${port}`, `${port}`])
  })

  test('metrics are read from their own port, not the public one', () => {
    expect(fly.metrics).toEqual([{ port: Number(fly.env['METRICS_PORT']), path: '/metrics' }])
    expect(fly.metrics[0].port).not.toBe(service.internal_port)
  })

  test('checks ask for readiness, after the time a fresh instance needs, and as the world on a laptop does', () => {
    expect([check.path, healthUrl.pathname]).toEqual(['/health/ready', '/health/ready'])
    expect(check.grace_period).toBeGreaterThan(BUS_WITHIN_MS)
    const world = ['CHECK_EVERY_MS', 'CHECK_WITHIN_MS'].map((name) => constant(name))
    expect([check.interval, check.timeout]).toEqual(world)
  })

  test('the chat starts with the variables of fly.toml, and answers the check', async () => {
    const server = await startTestServer({ env: { ...fly.env, PORT: '0', METRICS_PORT: '0' } })
    try {
      expect((await fetch(server.url + check.path)).status).toBe(200)
    } finally {
      await server.stop()
    }
  })
})

describe('stopping and deploying', () => {
  test('a stop sends a signal on which the chat drains', () => {
    const drainsOn = [...code.matchAll(/'(SIG[A-Z]+)'/g)].map(([, signal]) => signal)
    const sent = [fly.kill_signal, imageSays('STOPSIGNAL') ?? DOCKER_SIGNAL, chat.stop_signal ?? DOCKER_SIGNAL]
    expect(drainsOn).toEqual(expect.arrayContaining(sent))
  })

  test('nothing kills the chat before it has ended by itself', () => {
    expect(Math.min(fly.kill_timeout, chat.stop_grace_period)).toBeGreaterThan(endWithinMs)
    expect(fly.kill_timeout).toBeLessThanOrEqual(FLY_KILL_TIMEOUT_MAX_MS)
  })

  test('a deploy replaces one machine at a time, and waits for its drain, start and checks', () => {
    expect(fly.deploy).toMatchObject({ strategy: 'rolling', max_unavailable: 1 })
    expect(fly.deploy.wait_timeout).toBeGreaterThan(fly.kill_timeout + check.grace_period + check.interval)
  })

  test('Fly stops no machine, and starts one that ended in order only for a request', () => {
    expect(service).toMatchObject({ auto_stop_machines: 'off', auto_start_machines: true })
    expect(fly.restart[0].policy).toBe('on-failure')
  })
})

describe('load', () => {
  test('a region spills over by connections, before the chat refuses any', () => {
    const { type, soft_limit: soft, hard_limit: hard } = service.concurrency
    expect(type).toBe('connections')
    expect(soft).toBeLessThan(hard)
    expect(hard).toBeLessThan(Number(fly.env['CONNECTIONS_MAX'] ?? settings.CONNECTIONS_MAX.default))
  })

  test('heartbeats come before Fly closes an idle connection', () => {
    const [every, within] = ['PING_EVERY_MS', 'PONG_WITHIN_MS'].map((name) => constant(name))
    expect(service.http_options.idle_timeout).toBeGreaterThan((every ?? NaN) + (within ?? NaN))
  })
})

describe('variables and secrets', () => {
  test('the files set only variables that the chat reads', () => {
    const names = [fly.env, imageVariables(), chat.environment].flatMap((variables) => Object.keys(variables))
    expect(names.filter((name) => !(name in settings) || name.startsWith('FLY_'))).toEqual([])
  })

  test('no file contains a secret, and compose.yaml asks for a missing one', () => {
    expect(Object.keys({ ...fly.env, ...imageVariables() }).filter((name) => SECRET.test(name))).toEqual([])
    expect(chat.environment['MODERATOR_TOKEN']).toMatch(/^\$\{/)
    expect(chat.environment['SESSION_SECRET']).toMatch(/^\$\{SESSION_SECRET:\?.*openssl rand/)
  })

  test.each([
    ['max_unavailable', 'max_unavaliable'],
    ['[env]', '[environment]'],
    ['kill_timeout = 60', 'kill_timeout = "soon"']
  ])('fly.toml with %s written as %s is refused', (from, to) => {
    expect(v.safeParse(flySchema, parseToml(read('fly.toml').replace(from, to))).success).toBe(false)
  })
})

describe('the image', () => {
  test('runs the program as process 1, without a shell or npm, as a number that is not root', () => {
    expect(imageCommand()).toEqual(['dist/node', ...SERVER_OPTIONS, 'dist/server.js'])
    expect(scripts['start']).toContain(SERVER_OPTIONS.join(' '))
    expect(imageSays('ENTRYPOINT')).toBeUndefined()
    expect(imageSays('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
  })

  test('is built from files that exist and are sent to the build; tests and old builds are not', () => {
    const patterns = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    const sent = patterns.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
    expect(patterns).toEqual(['*', ...sent.map((path) => `!${path}`), '**/*.test.ts', '**/*.test.tsx', 'infra/.env'])
    const copied = instructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1))
      .filter((source) => source !== '.')
    for (const path of [...copied, fly.build.dockerfile, 'tsconfig.json', 'src/main.ts', 'web/main.tsx']) {
      expect(existsSync(join(ROOT, path))).toBe(true)
      expect(sent).toContain(path.includes('/') ? path.split('/')[0] : path)
    }
    expect(sent.filter((path) => /^(node_modules|dist|data|\.)/.test(path))).toEqual([])
  })

  test('installs packages before it copies the code, so that a change in the code does not install them anew', () => {
    expect(instructions).toContain('RUN npm ci')
    expect(instructions.indexOf('RUN npm ci')).toBeLessThan(instructions.indexOf('COPY . .'))
    for (const [, name = ''] of instructions.join('\n').matchAll(/npm run (\S+)/g)) expect(scripts).toHaveProperty(name)
  })
})

describe('compose.yaml', () => {
  const maxmemory = Number(/--maxmemory (\d+)mb/.exec(redis.command)?.[1])

  test('builds what Fly builds, and is as large', () => {
    expect(chat.build).toEqual({ context: '..', dockerfile: fly.build.dockerfile })
    expect(`${chat.mem_limit}b`).toBe(fly.vm[0].memory)
  })

  test('has a Redis that loses and drops nothing, and has space to rewrite its file', () => {
    expect(chat.environment['REDIS_URL']).toBe('redis://redis:6379')
    expect(redis.command).toMatch(/--appendonly yes --appendfsync always .*--maxmemory-policy noeviction/)
    expect(redis.volumes[0]).toMatch(/:\/data$/)
    expect(redis.mem_limit).toBe(`${(2 * maxmemory) / 1_024}g`)
  })

  test('passes every setting of infra/.env but those of its own network', () => {
    expect(chat.env_file).toEqual([{ path: '.env', required: false }])
    const own = Object.entries(chat.environment).filter(([name, value]) => !value.startsWith(`\${${name}`))
    expect(Object.fromEntries(own)).toEqual({ REDIS_URL: 'redis://redis:6379', HOST: '', PORT: `${port}` })
    expect(read('.gitignore').split('\n')).toContain('infra/.env')
  })

  test('lets a chat start with a secret alone, for this computer only, and behind its own proxy', () => {
    const config = readConfig(interpolated(chat.environment, { SESSION_SECRET: 'x'.repeat(40) }))
    expect(config).toMatchObject({ host: null, publicOrigin: null, trustedProxies: ['private'] })
    expect(interpolated(chat.ports, {})).toEqual([`127.0.0.1:${port}:${port}`])
    const named = { SESSION_SECRET: 'x'.repeat(40), PUBLIC_ORIGIN: 'https://chat.example.org', TRUSTED_PROXIES: '' }
    expect(readConfig(interpolated(chat.environment, named))).toMatchObject({ trustedProxies: [] })
    expect(interpolated(caddy.environment, named)).toEqual({ PUBLIC_ORIGIN: named.PUBLIC_ORIGIN, CHAT: `chat:${port}` })
    expect(caddy.volumes).toContain('./Caddyfile:/etc/caddy/Caddyfile:ro')
  })

  test('starts each program when the one before is healthy, and bounds logs and memory of all', () => {
    const healthy = { condition: 'service_healthy' }
    expect([chat.depends_on, caddy.depends_on]).toEqual([{ redis: healthy }, { chat: healthy }])
    const rotated = { driver: 'local', options: { 'max-size': '10m', 'max-file': '5' } }
    expect([chat, redis, caddy].map(({ logging }) => logging)).toEqual([rotated, rotated, rotated])
    expect(caddy.mem_limit).toBe('256m')
  })
})

/** As Compose replaces variables. */
function interpolated<T>(value: T, variables: Record<string, string>): T {
  const text = JSON.stringify(value).replaceAll(
    /\$\{(\w+)(?:(:?-)([^}]*)|:\?[^}]*)\}/g,
    (_, name: string, kind, otherwise = '') =>
      (kind === ':-' ? variables[name] || otherwise : (variables[name] ?? otherwise)) as string
  )
  return JSON.parse(text) as T
}
