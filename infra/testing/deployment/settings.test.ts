// What ships the chat agrees with it. Each claim holds for the files as they are, and is broken by a mistake made on purpose.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { broken, claims, type Code, type ShipFiles } from '../agreement.ts'
import { startTestServer } from '../chat-server.ts'
import { readToml, readYaml } from './plain-files.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

const files: ShipFiles = {
  fly: read('fly.toml'),
  dockerfile: read('infra/Dockerfile'),
  ignore: read('.dockerignore'),
  compose: read('infra/compose.yaml')
}

/** A number that the code names. */
function constant(path: string, name: string): number {
  const [, digits] = new RegExp(`const ${name} = ([\\d_]+)\n`).exec(read(path)) ?? []
  if (digits === undefined) throw new Error(`${path} names no ${name}`)
  return Number(digits.replaceAll('_', ''))
}

const code: Code = {
  signals: [...read('src/main.ts').matchAll(/'(SIG[A-Z]+)'/g)].map(([, signal = '']) => signal),
  scripts: (JSON.parse(read('package.json')) as Pick<Code, 'scripts'>).scripts,
  endWithinMs: constant('src/main.ts', 'END_WITHIN_MS'),
  hearingWithinMs: constant('src/server.ts', 'HEARING_WITHIN_MS'),
  heartbeatMs:
    constant('src/gateway/gateway.ts', 'PING_EVERY_MS') + constant('src/gateway/gateway.ts', 'PONG_WITHIN_MS'),
  checkEveryMs: constant('infra/world/edge-machines.ts', 'CHECK_EVERY_MS'),
  checkWithinMs: constant('infra/world/edge-machines.ts', 'CHECK_WITHIN_MS'),
  isFile: (path) => existsSync(join(ROOT, path))
}

test('all that is claimed of the files holds', () => {
  expect(broken(files, code)).toEqual([])
})

const mistakes: [file: keyof ShipFiles, from: string, to: string, breaks: string][] = [
  ['fly', 'internal_port = 3000', 'internal_port = 8080', 'Fly’s proxy knocks where the chat listens'],
  ['dockerfile', 'EXPOSE 3000', 'EXPOSE 8080', 'the image shows the port on which the chat listens'],
  ['compose', "'3000:3000'", "'3000:8080'", 'compose.yaml leads to the port of the image'],
  ['fly', 'port = 9091', 'port = 9090', 'metrics are asked for where they are told, and not on the public port'],
  ['fly', '/health/ready', '/health/live', 'checks ask whether the chat wants people, not whether it lives'],
  ['compose', '/health/ready', '/healthz', 'checks ask whether the chat wants people, not whether it lives'],
  ['fly', '"SIGTERM"', '"SIGQUIT"', 'whoever stops the chat sends a signal on which it drains'],
  [
    'dockerfile',
    'EXPOSE 3000',
    'STOPSIGNAL SIGQUIT\nEXPOSE 3000',
    'whoever stops the chat sends a signal on which it drains'
  ],
  ['fly', 'kill_timeout = 60', 'kill_timeout = 20', 'nobody kills the chat before it has ended by itself'],
  [
    'compose',
    'stop_grace_period: 60s',
    'stop_grace_period: 10s',
    'nobody kills the chat before it has ended by itself'
  ],
  ['fly', 'kill_timeout = 60', 'kill_timeout = 600', 'Fly grants as long as fly.toml wants'],
  [
    'dockerfile',
    '["dist/node", "dist/server.js"]',
    '["npm", "start"]',
    'the program is process 1, without a shell or npm'
  ],
  ['dockerfile', 'EXPOSE 3000', 'ENTRYPOINT ["sh"]', 'the program is process 1, without a shell or npm'],
  ['dockerfile', 'USER 1000:1000', 'USER node', 'it runs as a number that isn’t root'],
  ['fly', 'METRICS_PORT =', 'METRIC_PORT =', 'variables are those that the chat reads'],
  ['compose', 'PUBLIC_ORIGIN:', 'ORIGIN:', 'variables are those that the chat reads'],
  ['dockerfile', 'DATA_DIR=', 'DATA=', 'variables are those that the chat reads'],
  ['fly', '[env]', '[env]\nFLY_REGION = "ams"', 'variables are those that the chat reads'],
  [
    'fly',
    '[env]',
    '[env]\nREDIS_URL = "redis://me:pass@host"',
    'no secret stands in a file, and one that is missing is asked for'
  ],
  [
    'compose',
    '${MODERATOR_TOKEN:-}',
    'a moderator for all to see',
    'no secret stands in a file, and one that is missing is asked for'
  ],
  ['compose', ':?set it to', ':-set it to', 'no secret stands in a file, and one that is missing is asked for'],
  [
    'fly',
    'grace_period = "15s"',
    'grace_period = "5s"',
    'a fresh instance has the time it needs before a check counts'
  ],
  ['fly', 'timeout = "3s"', 'timeout = "30s"', 'the world on a laptop checks as Fly does'],
  [
    'fly',
    'wait_timeout = "5m"',
    'wait_timeout = "80s"',
    'a deploy waits for the drain, the start and the checks of a machine'
  ],
  [
    'fly',
    'hard_limit = 1500',
    'hard_limit = 15000',
    'a region spills over by connections, before the chat turns anybody away'
  ],
  ['fly', '"connections"', '"requests"', 'a region spills over by connections, before the chat turns anybody away'],
  ['fly', 'idle_timeout = 60', 'idle_timeout = 15', 'heartbeats come before a wire counts as idle'],
  ['fly', 'max_unavailable = 1', 'max_unavailable = 0.33', 'one machine at a time is replaced'],
  ['fly', '"on-failure"', '"always"', 'Fly stops no machine, and starts one that ended in order only for a request'],
  [
    'fly',
    'auto_stop_machines = "off"',
    'auto_stop_machines = "stop"',
    'Fly stops no machine, and starts one that ended in order only for a request'
  ],
  ['fly', 'max_unavailable', 'max_unavaliable', 'fly.toml has only keys that Fly knows'],
  ['dockerfile', 'link-node.mjs infra/', 'link-nodes.mjs infra/', 'what the build copies is there, and given to it'],
  ['ignore', '!tsconfig.json\n', '', 'what the build copies is there, and given to it'],
  ['ignore', '*\n', '', 'tests, and what was built here, are not given to the build'],
  ['dockerfile', 'npm run build', 'npm run bundle', 'the build calls scripts that exist'],
  ['dockerfile', 'RUN npm ci\n', '', 'a change in the code doesn’t install the packages anew'],
  ['compose', 'dockerfile: infra/Dockerfile', 'dockerfile: Dockerfile', 'compose.yaml builds what Fly builds'],
  ['compose', 'noeviction', 'allkeys-lru', 'the Redis of compose.yaml is the chat’s, and loses and drops nothing']
]

describe('a mistake is found', () => {
  test.each(mistakes)('%s: %s → %s', (file, from, to, claim) => {
    expect(files[file]).toContain(from)
    expect(broken({ ...files, [file]: files[file].replace(from, () => to) }, code)).toContain(claim)
  })

  test('whichever claim it breaks', () => {
    expect(new Set(mistakes.map(([, , , claim]) => claim))).toEqual(new Set(Object.keys(claims)))
  })

  test.each([
    ['no string', 'app = taifas'],
    ['a key twice', 'app = "a"\napp = "b"'],
    ['a table twice', '[env]\n[env]'],
    ['no table', '[env'],
    ['a date', 'since = 2026-11-20']
  ])('in TOML: %s', (_, text) => {
    expect(() => readToml(text)).toThrow('is not plain')
  })

  test.each([
    ['a tab', 'chat:\n\tport: a'],
    ['a mapping in a value', 'chat: port: a'],
    ['a key twice', 'chat: a\nchat: b'],
    ['a word that is none', 'restart: no'],
    ['a step that leads nowhere', 'chat: a\n  port: b'],
    ['a list that goes on as a mapping', 'chat:\n  - a\n  port: b']
  ])('in YAML: %s', (_, text) => {
    expect(() => readYaml(text)).toThrow('is not plain')
  })
})

test('the chat starts with the variables of fly.toml, and answers where it will be asked', async () => {
  const { env, http_service: service } = readToml(files.fly) as {
    env: Record<string, string>
    http_service: { checks: { path: string }[] }
  }
  const server = await startTestServer({ env: { ...env, PORT: '0', METRICS_PORT: '0' } })
  try {
    const answers = await Promise.all(service.checks.map(({ path }) => fetch(server.url + path)))
    expect(answers.map(({ status }) => status)).toEqual([200])
  } finally {
    await server.stop()
  }
})
