// The only reader of the environment. Returns a frozen, typed Config, or throws one error that names every problem and its remedy.
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve, sep } from 'node:path'
import { diskSentence } from './disk-errors.ts'
import { CONNECTIONS_PER_ADDRESS_MIN, readSettings, SECRET_MIN_CHARACTERS, type Values } from './settings.ts'

const SECRET_BYTES = 32

export type Config = Readonly<{
  port: number
  /** null: all addresses, which is `::` where there is IPv6 and 0.0.0.0 elsewhere. */
  host: string | null
  /** Absolute. */
  dataDir: string
  /** One process with its own store, without Redis. */
  embedded: boolean
  redisUrl: string | null
  redisPrefix: string
  redisRest: Readonly<{ url: string; token: string }> | null
  sessionSecret: string
  publicOrigin: string | null
  /** Origins whose pages connect as guests; `loopback`: localhost and loopback addresses, any port. */
  allowedOrigins: readonly string[] | 'loopback'
  /** Addresses, networks, and `private`. */
  trustedProxies: readonly string[]
  moderatorToken: string | null
  oidc: Readonly<{ issuer: string; clientId: string; clientSecret: string | null; name: string }> | null
  vapidPrivateKey: string | null
  region: string
  /** `[a-z0-9]{1,32}`, the same after a restart, unique among instances. */
  instance: string
  app: string | null
  isOnFly: boolean
  /** Whether new people need an invitation. */
  access: Values['ACCESS']
  guestProtocols: boolean
  /** Messages per room. */
  historyLimit: number
  roomBytesMax: number
  /** null: the store's own default. */
  storeBytesMax: number | null
  roomLimit: number
  rate: Readonly<{ burst: number; perSecond: number }>
  connections: Readonly<{ perAddress: number; max: number }>
  /** The instance exits after this time without clients and requests; null: never. */
  idleExitMs: number | null
  /** null: no metrics. */
  metricsPort: number | null
  /** Null: the address of the chat. */
  metricsHost: string | null
  logLevel: Values['LOG_LEVEL']
}>

/** The configuration is invalid. `problems` are sentences that name the variable and the remedy, and contain no values. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`Taifas does not start with this configuration:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/**
 * Reads the configuration from environment variables. Without Redis it generates the session secret at the first start.
 * @param options.mounts the text of /proc/mounts; read from there by default
 * @throws ConfigError with all problems at once
 */
export function readConfig(env: Record<string, string | undefined>, options: { mounts?: string } = {}): Config {
  const { values, problems } = readSettings(env)
  const dataDir = resolve(values.DATA_DIR ?? '.')
  problems.push(...contradictions(env, values, () => isOnVolume(dataDir, options.mounts ?? mountsHere())))
  if (problems.length > 0) throw new ConfigError(problems)

  return Object.freeze({
    port: values.PORT,
    host: values.HOST,
    dataDir,
    embedded: !values.REDIS_URL,
    redisUrl: values.REDIS_URL,
    redisPrefix: values.REDIS_PREFIX,
    redisRest:
      values.UPSTASH_REDIS_REST_URL && values.UPSTASH_REDIS_REST_TOKEN
        ? Object.freeze({ url: values.UPSTASH_REDIS_REST_URL, token: values.UPSTASH_REDIS_REST_TOKEN })
        : null,
    sessionSecret: values.SESSION_SECRET ?? storedSecret(dataDir),
    publicOrigin: values.PUBLIC_ORIGIN,
    allowedOrigins: values.ALLOWED_ORIGINS
      ? Object.freeze(values.ALLOWED_ORIGINS)
      : values.PUBLIC_ORIGIN
        ? []
        : 'loopback',
    trustedProxies: Object.freeze(values.TRUSTED_PROXIES ?? []),
    moderatorToken: values.MODERATOR_TOKEN,
    oidc: oidcOf(values),
    vapidPrivateKey: values.VAPID_PRIVATE_KEY,
    region: values.FLY_REGION,
    instance: values.FLY_MACHINE_ID ?? instanceHere(values.PORT),
    app: values.FLY_APP_NAME,
    isOnFly: values.FLY_APP_NAME !== null,
    access: values.ACCESS,
    guestProtocols: values.GUEST_PROTOCOLS ?? values.ACCESS === 'open',
    historyLimit: values.HISTORY_LIMIT,
    roomBytesMax: values.ROOM_BYTES_MAX,
    storeBytesMax: values.STORE_BYTES_MAX,
    roomLimit: values.ROOM_LIMIT,
    rate: Object.freeze({ burst: values.RATE_BURST, perSecond: values.RATE_PER_SECOND }),
    connections: Object.freeze({
      perAddress: env['CONNECTIONS_PER_ADDRESS']?.trim()
        ? values.CONNECTIONS_PER_ADDRESS
        : shareOfAddress(values.CONNECTIONS_PER_ADDRESS, values.CONNECTIONS_MAX),
      max: values.CONNECTIONS_MAX
    }),
    idleExitMs: values.IDLE_EXIT_MINUTES === null ? null : Math.round(values.IDLE_EXIT_MINUTES * 60_000),
    metricsPort: values.METRICS_PORT,
    metricsHost: values.METRICS_HOST ?? values.HOST,
    logLevel: values.LOG_LEVEL
  })
}

const oidcOf = ({ OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET, OIDC_NAME }: Values) =>
  issuer && clientId
    ? Object.freeze({ issuer, clientId, clientSecret: OIDC_CLIENT_SECRET, name: OIDC_NAME ?? new URL(issuer).hostname })
    : null

/** By default one address can't use up all connections of a process, and a classroom always fits. */
const shareOfAddress = (perAddress: number, max: number) =>
  Math.min(perAddress, Math.max(CONNECTIONS_PER_ADDRESS_MIN, Math.floor(max / 2)))

/** Variables that contradict each other. It looks at what is set, so that an invalid value is not reported as missing as well. */
function* contradictions(
  env: Record<string, string | undefined>,
  values: Values,
  onVolume: () => boolean
): Iterable<string> {
  const given = (name: keyof Values) => Boolean(env[name]?.trim())

  if (given('UPSTASH_REDIS_REST_URL') !== given('UPSTASH_REDIS_REST_TOKEN')) {
    const [here, missing] = given('UPSTASH_REDIS_REST_URL') ? ['URL', 'TOKEN'] : ['TOKEN', 'URL']
    yield `UPSTASH_REDIS_REST_${missing} is missing: set it too, or leave out UPSTASH_REDIS_REST_${here}.`
  }
  if (given('UPSTASH_REDIS_REST_URL') && !given('REDIS_URL'))
    yield 'REDIS_URL is missing: messages need Redis over TCP, which REST is not. Set it to the same database, or leave out UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN.'
  if (given('REDIS_URL') && !given('SESSION_SECRET'))
    yield 'SESSION_SECRET is missing: instances that share Redis must share it too, or a session of one instance is invalid at the next. Set it to the same random text on all of them (openssl rand -base64 48).'
  if (given('OIDC_ISSUER')) {
    if (!given('OIDC_CLIENT_ID'))
      yield 'OIDC_CLIENT_ID is missing: register this chat at the provider and set the id that it gets there, or leave out OIDC_ISSUER.'
    if (!given('PUBLIC_ORIGIN'))
      yield 'PUBLIC_ORIGIN is missing: the provider of OIDC_ISSUER sends people back to one address only. Set it to the origin that people open, or leave out OIDC_ISSUER.'
  } else if (given('OIDC_CLIENT_ID') || given('OIDC_CLIENT_SECRET') || given('OIDC_NAME'))
    yield 'OIDC_ISSUER is missing: set it to the address of the provider, or leave out the other variables that begin with OIDC_.'
  if (values.METRICS_PORT !== null && values.METRICS_PORT !== 0 && values.METRICS_PORT === values.PORT)
    yield 'METRICS_PORT must differ from PORT: metrics are not public. Use another port, such as 9091, or leave it out.'
  if (!['', '/'].includes(env['BASE_PATH']?.trim() ?? ''))
    yield 'BASE_PATH is not supported: the chat needs a host name of its own, such as chat.example.org. Leave it out.'
  if (!given('FLY_APP_NAME')) return

  if (given('TRUSTED_PROXIES'))
    yield 'TRUSTED_PROXIES must not be set on Fly: its proxy is trusted already and names the client in a header of its own. Leave it out.'
  if (/^(127\.|localhost$|::1$)/.test(values.HOST ?? ''))
    yield 'HOST must not be a loopback address on Fly: its proxy connects from outside and could not reach it. Leave it out.'
  if (given('REDIS_URL')) return
  if (!values.EMBEDDED_ON_FLY)
    yield 'REDIS_URL is missing: on Fly two machines without it would be two chats, each emptied by every deploy. Create a Redis and set it as a secret; or, for one machine, set EMBEDDED_ON_FLY=1 and DATA_DIR to a mounted volume.'
  else if (!onVolume())
    yield 'DATA_DIR is not on a mounted volume: every deploy would empty the chat. Create a volume, mount it in fly.toml, and set DATA_DIR to that folder.'
}

// Filesystems that are lost with the machine.
const TEMPORARY = new Set(['tmpfs', 'ramfs', 'overlay', 'devtmpfs', 'proc', 'sysfs'])

/** Whether the deepest mount above a folder is a volume, by lines of /proc/mounts: device, mount point, type, … */
function isOnVolume(dir: string, mounts: string): boolean {
  const place = existsSync(dir) ? realpathSync(dir) : dir
  const deepest = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .map(([, point = '', type = '']) => ({ point: point.replaceAll('\\040', ' '), type }))
    .filter(({ point }) => place === point || place.startsWith(point.endsWith(sep) ? point : point + sep))
    // The last of several mounts at one point covers the earlier ones.
    .reduce((best, mount) => (mount.point.length >= best.point.length ? mount : best), { point: '', type: '' })
  return deepest.point.length > 1 && !TEMPORARY.has(deepest.type)
}

const mountsHere = () => (existsSync('/proc/mounts') ? readFileSync('/proc/mounts', 'utf8') : '')

/** The id on a computer whose platform names none: stable over a restart, different on another port or computer, random for port 0. */
function instanceHere(port: number): string {
  if (port === 0) return `laptop${randomBytes(8).toString('hex')}`
  const computer = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
  return `laptop${port}x${computer}`
}

/** The session secret in the folder of the embedded store; generated if there is none. */
function storedSecret(dataDir: string): string {
  const file = join(dataDir, 'session-secret')
  try {
    if (!existsSync(file)) {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 })
      // Complete or absent: a crash while writing must not leave half a secret.
      writeFileSync(`${file}.new`, randomBytes(SECRET_BYTES).toString('base64url'), { mode: 0o600, flush: true })
      renameSync(`${file}.new`, file)
    }
    makePrivate(file)
    const secret = readFileSync(file, 'utf8').trim()
    if (secret.length >= SECRET_MIN_CHARACTERS) return secret
  } catch (error) {
    throw new ConfigError([`DATA_DIR can't be used: ${diskSentence(error) ?? String(error)}.`])
  }
  throw new ConfigError([
    `SESSION_SECRET in the file session-secret in DATA_DIR is too short: remove that file, and the next start generates a new one; everyone must sign in again.`
  ])
}

/** Makes a file private, unless it belongs to another user. */
function makePrivate(file: string): void {
  try {
    chmodSync(file, 0o600)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) throw error
  }
}
