import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { ConfigError, readConfig } from './config.ts'
import { settings } from './settings.ts'

const SECRET = 'a-secret-that-is-long-enough-to-be-kept'
const REDIS = { REDIS_URL: 'redis://localhost:6379', SESSION_SECRET: SECRET }

let dir: string
beforeEach(() => {
  dir = newFolder()
})

const read = (env: Record<string, string | undefined>, mounts = '') => readConfig({ DATA_DIR: dir, ...env }, { mounts })

/** The sentences of a refused configuration. */
function problems(env: Record<string, string | undefined>, mounts?: string): readonly string[] {
  try {
    read(env, mounts)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('without any variable', () => {
  test('the chat is embedded, on port 3000', () => {
    const config = read({})
    expect(config).toMatchObject({
      port: 3000,
      host: null,
      embedded: true,
      redisUrl: null,
      redisPrefix: 'taifas',
      redisRest: null,
      publicOrigin: null,
      trustedProxies: [],
      allowedOrigins: 'loopback',
      moderatorToken: null,
      vapidPrivateKey: null,
      region: 'local',
      app: null,
      isOnFly: false,
      access: 'open',
      guestProtocols: true,
      historyLimit: 10_000,
      roomLimit: 1_000,
      rate: { burst: 60, perSecond: 20 },
      connections: { perAddress: 500, max: 10_000 },
      idleExitMs: null,
      metricsPort: null,
      logLevel: 'info'
    })
  })

  test('with ACCESS=invite there are no guests unless the operator wants them', () => {
    expect(read({ ACCESS: 'invite' })).toMatchObject({ access: 'invite', guestProtocols: false })
    expect(read({ ACCESS: 'invite', GUEST_PROTOCOLS: 'on' }).guestProtocols).toBe(true)
  })

  test('one address has at most half of the connections, and a classroom always fits', () => {
    const perAddress = (env: Record<string, string>) => read(env).connections.perAddress
    expect(perAddress({ CONNECTIONS_MAX: '600' })).toBe(300)
    expect(perAddress({ CONNECTIONS_MAX: '250' })).toBe(200)
    expect(perAddress({ CONNECTIONS_MAX: '250', CONNECTIONS_PER_ADDRESS: '5000' })).toBe(5_000)
  })

  test('the configuration is frozen', () => {
    const config = read({
      ...REDIS,
      UPSTASH_REDIS_REST_URL: 'https://a.example',
      UPSTASH_REDIS_REST_TOKEN: 'x',
      ALLOWED_ORIGINS: 'https://a.example'
    })
    const parts = [config, config.rate, config.connections, config.redisRest, config.allowedOrigins]
    expect(parts.filter((part) => !Object.isFrozen(part))).toEqual([])
  })

  test('an empty or blank value counts as unset', () => {
    expect(read({ PORT: '', REDIS_URL: '  ', METRICS_PORT: '' })).toMatchObject({
      port: 3000,
      embedded: true,
      metricsPort: null
    })
  })
})

describe('the session secret of an embedded chat', () => {
  test('is generated with 256 bits, is readable by its owner only, and survives a restart', () => {
    const first = read({}).sessionSecret
    expect(Buffer.from(first, 'base64url')).toHaveLength(32)
    expect(statSync(join(dir, 'session-secret')).mode & 0o777).toBe(0o600)
    expect(read({}).sessionSecret).toBe(first)
  })

  test('differs between folders', () => {
    expect(read({}).sessionSecret).not.toBe(read({ DATA_DIR: join(dir, 'other') }).sessionSecret)
  })

  test('given as a variable is used, and none is generated', () => {
    expect(read({ SESSION_SECRET: SECRET }).sessionSecret).toBe(SECRET)
    expect(existsSync(join(dir, 'session-secret'))).toBe(false)
  })

  test('that is too short in its file is refused', () => {
    writeFileSync(join(dir, 'session-secret'), 'short')
    expect(problems({})).toEqual([expect.stringMatching(/^SESSION_SECRET .*remove that file/)])
  })

  test('can’t be stored in a DATA_DIR that is a file', () => {
    writeFileSync(join(dir, 'file'), '')
    expect(problems({ DATA_DIR: join(dir, 'file') })).toEqual([expect.stringMatching(/^DATA_DIR .*write to/)])
  })
})

describe('the instance', () => {
  test('is the same after a restart, differs by port, and fits into ids', () => {
    const ids = ['3000', '3000', '3001'].map((PORT) => read({ PORT }).instance)
    expect(ids[0]).toBe(ids[1])
    expect(ids[0]).not.toBe(ids[2])
    expect(ids.filter((id) => !/^[a-z0-9]{1,32}$/.test(id))).toEqual([])
  })

  test('is unique for each process with port 0', () => {
    expect(read({ PORT: '0' }).instance).not.toBe(read({ PORT: '0' }).instance)
  })

  test('is the machine on Fly', () => {
    const config = read({ ...REDIS, FLY_MACHINE_ID: '148e21ea7d9389', FLY_REGION: 'waw', FLY_APP_NAME: 'chat' })
    expect(config).toMatchObject({
      instance: '148e21ea7d9389',
      region: 'waw',
      app: 'chat',
      isOnFly: true,
      embedded: false
    })
  })
})

describe('origins', () => {
  test('a list is split', () => {
    expect(read({ ALLOWED_ORIGINS: 'https://a.example, http://localhost:5173' }).allowedOrigins).toEqual([
      'https://a.example',
      'http://localhost:5173'
    ])
  })

  test('with PUBLIC_ORIGIN alone no other origin is allowed', () => {
    expect(read({ PUBLIC_ORIGIN: 'https://chat.example' }).allowedOrigins).toEqual([])
  })

  test.each([
    'https://chat.example/',
    'https://chat.example/room',
    'HTTPS://chat.example',
    'ftp://chat.example',
    'chat.example',
    'null',
    'https://a:b@chat.example',
    'https://chat.example:443'
  ])('PUBLIC_ORIGIN %s is refused', (origin) =>
    expect(problems({ PUBLIC_ORIGIN: origin })).toEqual([expect.stringMatching(/^PUBLIC_ORIGIN must be one origin/)])
  )

  test.each(['https://a.example,', 'https://a.example,null', 'https://a.example/x', 'a.example'])(
    'ALLOWED_ORIGINS %s is refused',
    (list) =>
      expect(problems({ ALLOWED_ORIGINS: list })).toEqual([expect.stringMatching(/^ALLOWED_ORIGINS must be origins/)])
  )

  test.each(['*', 'https://*.example', 'https://a.example, *'])('ALLOWED_ORIGINS %s is refused with a reason', (list) =>
    expect(problems({ ALLOWED_ORIGINS: list })).toEqual([
      expect.stringMatching(/^ALLOWED_ORIGINS must not contain \*: any page/)
    ])
  )
})

describe('trusted proxies', () => {
  test('are a list of addresses and networks', () => {
    const list = '10.0.0.7, 192.168.0.0/16,2001:db8::/32,private'
    expect(read({ TRUSTED_PROXIES: list }).trustedProxies).toEqual(list.split(',').map((item) => item.trim()))
  })

  test.each([
    '*',
    'all',
    '10.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '0.0.0.0/0',
    '::/0',
    '::1/129',
    '10.0.0.0/8/8',
    '10.0.0.7,',
    'nginx'
  ])('TRUSTED_PROXIES=%s is refused', (list) =>
    expect(problems({ TRUSTED_PROXIES: list })).toEqual([expect.stringMatching(/^TRUSTED_PROXIES must be addresses/)])
  )
})

test.each([
  ['30', 1_800_000],
  ['0.07', 4_200]
])('an idle time of %s minutes is %d ms', (minutes, ms) =>
  expect(read({ IDLE_EXIT_MINUTES: minutes }).idleExitMs).toBe(ms)
)

describe('an invalid configuration', () => {
  test.each([
    ['PORT', 'http'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '3000.5'],
    ['PORT', '0x10'],
    ['HOST', 'http://localhost'],
    ['REDIS_PREFIX', 'My Chat'],
    ['REDIS_PREFIX', 'a{b}'],
    ['REDIS_PREFIX', 'a'.repeat(33)],
    ['MODERATOR_TOKEN', 'fifteen-letters'],
    ['FLY_REGION', 'Warsaw'],
    ['FLY_MACHINE_ID', 'a-b'],
    ['GUEST_PROTOCOLS', 'yes'],
    ['ACCESS', 'closed'],
    ['HISTORY_LIMIT', '99'],
    ['HISTORY_LIMIT', '1000001'],
    ['ROOM_LIMIT', '0'],
    ['RATE_BURST', '0'],
    ['RATE_PER_SECOND', 'fast'],
    ['CONNECTIONS_PER_ADDRESS', '199'],
    ['CONNECTIONS_MAX', '0'],
    ['IDLE_EXIT_MINUTES', '0'],
    ['IDLE_EXIT_MINUTES', '-5'],
    ['IDLE_EXIT_MINUTES', '10000'],
    ['IDLE_EXIT_MINUTES', '10m'],
    ['METRICS_PORT', 'on'],
    ['LOG_LEVEL', 'loud'],
    ['EMBEDDED_ON_FLY', 'yes'],
    ['SESSION_SECRET', 'a'.repeat(31)]
  ])('%s=%s, reported with the remedy', (name, value) => {
    expect(problems({ [name]: value })).toEqual([
      expect.stringMatching(new RegExp(`^${name} (must|is too short).*(leave it out|use at least)`))
    ])
  })

  test.each(['http://localhost', 'localhost:6379', 'redis://', 'nonsense'])('REDIS_URL=%s', (url) => {
    expect(problems({ ...REDIS, REDIS_URL: url })).toEqual([
      expect.stringMatching(/^REDIS_URL must be .*redis:\/\/ or rediss:/)
    ])
  })

  test('Redis without a shared secret', () => {
    expect(problems({ REDIS_URL: 'rediss://a.example:6379' })).toEqual([
      expect.stringMatching(/^SESSION_SECRET is missing/)
    ])
  })

  test.each(['URL', 'TOKEN'])('half of the REST pair, without its %s', (missing) => {
    const pair = {
      UPSTASH_REDIS_REST_URL: 'https://a.example',
      UPSTASH_REDIS_REST_TOKEN: 'token',
      [`UPSTASH_REDIS_REST_${missing}`]: ''
    }
    expect(problems({ ...REDIS, ...pair })).toEqual([
      expect.stringMatching(`^UPSTASH_REDIS_REST_${missing} is missing`)
    ])
  })

  test('REST without Redis over TCP', () => {
    expect(problems({ UPSTASH_REDIS_REST_URL: 'https://a.example', UPSTASH_REDIS_REST_TOKEN: 'token' })).toEqual([
      expect.stringMatching(/^REDIS_URL is missing: messages need Redis over TCP/)
    ])
  })

  test('a path of a site', () => {
    expect(problems({ BASE_PATH: '/chat' })).toEqual([
      expect.stringMatching(/^BASE_PATH is not supported: .*host name/)
    ])
  })

  test('half of an OpenID provider', () => {
    const first = (env: NodeJS.ProcessEnv) => problems(env).map((problem) => problem.split(':')[0])
    const issuer = { OIDC_ISSUER: 'https://login.example' }
    expect(first(issuer)).toEqual(['OIDC_CLIENT_ID is missing', 'PUBLIC_ORIGIN is missing'])
    expect(first({ OIDC_CLIENT_SECRET: 'secret' })).toEqual(['OIDC_ISSUER is missing'])
    const whole = { ...issuer, OIDC_CLIENT_ID: 'chat', PUBLIC_ORIGIN: 'https://chat.example' }
    const oidc = { issuer: issuer.OIDC_ISSUER, clientId: 'chat', clientSecret: null, name: 'login.example' }
    expect(read(whole).oidc).toEqual(oidc)
  })

  test('metrics on the public port', () => {
    expect(problems({ METRICS_PORT: '3000' })).toEqual([expect.stringMatching(/^METRICS_PORT must differ from PORT/)])
  })

  test('every problem is reported at once, and no value appears', () => {
    const secrets = {
      SESSION_SECRET: 'hunter-two',
      MODERATOR_TOKEN: 'swordfish',
      UPSTASH_REDIS_REST_TOKEN: 'open-sesame',
      REDIS_URL: 'http://user:letmein@a'
    }
    const said = problems({ ...secrets, PORT: 'http', GUEST_PROTOCOLS: 'yes' })
    expect(said.map((problem) => problem.split(' ')[0])).toEqual([
      'PORT',
      'REDIS_URL',
      'SESSION_SECRET',
      'MODERATOR_TOKEN',
      'GUEST_PROTOCOLS',
      'UPSTASH_REDIS_REST_URL'
    ])
    expect(new ConfigError(said).message).not.toMatch(/hunter|swordfish|sesame|letmein/)
  })
})

describe('on Fly', () => {
  const FLY = { FLY_APP_NAME: 'chat', FLY_REGION: 'waw', FLY_MACHINE_ID: '148e21ea7d9389' }
  const mounts = (dir: string, type = 'ext4') =>
    `overlay / overlay rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/vdb ${dir} ${type} rw 0 0\n`

  test('a chat without Redis is refused, with both remedies', () => {
    expect(problems(FLY)).toEqual([
      expect.stringMatching(/^REDIS_URL is missing: on Fly .*EMBEDDED_ON_FLY=1 and DATA_DIR/)
    ])
  })

  test('an embedded chat needs a volume', () => {
    const embedded = { ...FLY, EMBEDDED_ON_FLY: '1' }
    expect(problems(embedded, 'overlay / overlay rw 0 0\n')).toEqual([
      expect.stringMatching(/^DATA_DIR is not on a mounted volume/)
    ])
    expect(problems(embedded, mounts(dir, 'tmpfs'))).toHaveLength(1)
    expect(problems(embedded, mounts(`${dir}-next`))).toHaveLength(1)
    expect(problems({ ...embedded, EMBEDDED_ON_FLY: '0' }, mounts(dir))).toHaveLength(1)
    expect(problems(embedded, mounts(dir))).toEqual([])
    expect(problems({ ...embedded, DATA_DIR: join(dir, 'chat') }, mounts(dir))).toEqual([])
  })

  test('TRUSTED_PROXIES is refused: the platform’s proxy is the only one that connects', () => {
    expect(problems({ ...FLY, ...REDIS, TRUSTED_PROXIES: 'private' })).toEqual([
      expect.stringMatching(/^TRUSTED_PROXIES must not be set on Fly/)
    ])
  })

  test("a loopback HOST is refused: the platform's proxy connects from outside", () => {
    expect(problems({ ...FLY, ...REDIS, HOST: '127.0.0.1' })).toEqual([
      expect.stringMatching(/^HOST must not be a loopback/)
    ])
  })
})

test("the README's table has every variable with its default and meaning, and no other", () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| (.*?) \| (.*?) \|$/gm)].map(([, name, standard, meaning]) => [
    name,
    standard,
    meaning
  ])
  expect(rows).toEqual(
    Object.entries(settings).map(([name, { default: standard, meaning }]) => [
      name,
      standard === null ? '–' : `\`${standard}\``,
      meaning
    ])
  )
})

test('metrics listen where the chat does, or on an address of their own', () => {
  const metricsHost = (env: Record<string, string>) => read(env).metricsHost
  expect(metricsHost({})).toBeNull()
  expect(metricsHost({ HOST: '10.0.0.1' })).toBe('10.0.0.1')
  expect(metricsHost({ HOST: '10.0.0.1', METRICS_HOST: '127.0.0.1' })).toBe('127.0.0.1')
})
