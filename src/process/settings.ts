// Every environment variable: its schema, default and meaning. The README has the same table, and config.test.ts compares the two.
// Messages of the schemas follow the variable's name and never quote its value, which may be a secret.
import * as v from 'valibot'
import { isProxyItem } from '../access/proxies.ts'
import {
  address,
  atLeast,
  bytes,
  grammar,
  issuer,
  origin,
  list,
  minutes,
  originList,
  port,
  text,
  whole
} from './setting-values.ts'

export const SECRET_MIN_CHARACTERS = 32
const MODERATOR_TOKEN_MIN_CHARACTERS = 16
/** Sixteen messages of the maximum length must fit into a room, and several rooms into a store. */
const ROOM_BYTES_MIN = 1_000_000
const STORE_BYTES_MIN = 10_000_000
/** A classroom shares one address. */
export const CONNECTIONS_PER_ADDRESS_MIN = 200

/** One variable. `default` applies when it is unset or empty; null when there is none. */
interface Setting {
  default: string | null
  meaning: string
  schema: v.GenericSchema<string, unknown>
}

export const settings = {
  PORT: { default: '3000', meaning: 'Port of the chat; 0 takes any free port', schema: port(0) },
  HOST: {
    default: null,
    meaning: 'Address to listen on; unset: all of them',
    schema: grammar(/^[A-Za-z0-9.:_-]{1,255}$/, 'must be one address or host name, without brackets or port')
  },
  DATA_DIR: {
    default: './data',
    meaning: 'Folder of the embedded store and of the session secret',
    schema: text
  },
  REDIS_URL: {
    default: null,
    meaning: 'Redis shared by all instances; unset: one process with an embedded store',
    schema: v.pipe(
      address(['redis:', 'rediss:'], 'must be an address that begins with redis:// or rediss://'),
      v.check(
        (value) => /^(\/\d{0,3})?$/.test(URL.parse(value)?.pathname ?? ''),
        'must end with the port, or with the number of a database'
      )
    )
  },
  REDIS_PREFIX: {
    default: 'taifas',
    meaning: 'Prefix of every key, so that two deployments can share one Redis',
    schema: grammar(/^[a-z0-9_-]{1,32}$/, 'must be 1 to 32 of a-z, 0-9, _ and -')
  },
  UPSTASH_REDIS_REST_URL: {
    default: null,
    meaning: 'With the token: presence uses REST instead of `REDIS_URL`',
    schema: address(['http:', 'https:'], 'must be an address that begins with https://')
  },
  UPSTASH_REDIS_REST_TOKEN: { default: null, meaning: 'Token for `UPSTASH_REDIS_REST_URL`', schema: text },
  SESSION_SECRET: {
    default: null,
    meaning:
      'Signs sessions: at least 32 characters, the same on all instances; unset: generated and stored in `DATA_DIR`. Required with `REDIS_URL`',
    schema: atLeast(SECRET_MIN_CHARACTERS)
  },
  PUBLIC_ORIGIN: {
    default: null,
    meaning:
      'The one origin that people open, like `https://chat.example.org`; unset: localhost, IP addresses and `<app>.fly.dev`. Any other host name is refused, except names without a dot, for programs',
    schema: origin
  },
  ALLOWED_ORIGINS: {
    default: null,
    meaning:
      'Other origins whose pages may connect as guests, separated by commas; unset without `PUBLIC_ORIGIN`: loopback names',
    schema: originList
  },
  TRUSTED_PROXIES: {
    default: null,
    meaning:
      'Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` count, and which may write any `Host` beside `PUBLIC_ORIGIN`: addresses and networks like `10.0.0.0/8`, separated by commas; `private`: loopback and private networks; unset: none',
    schema: v.pipe(
      v.string(),
      v.transform(list),
      v.everyItem(
        isProxyItem,
        'must be addresses or networks separated by commas, like 10.0.0.7,192.168.0.0/16, or private'
      )
    )
  },
  MODERATOR_TOKEN: {
    default: null,
    meaning: 'Makes anyone who enters it at sign-in a moderator of every room, at least 16 characters; unset: nobody',
    schema: atLeast(MODERATOR_TOKEN_MIN_CHARACTERS)
  },
  OIDC_ISSUER: {
    default: null,
    meaning:
      'Address of an OpenID Connect provider with whose accounts people may sign in; needs `PUBLIC_ORIGIN`, and `<PUBLIC_ORIGIN>/api/session/oidc/callback` as redirect URI there; unset: none',
    schema: issuer
  },
  OIDC_CLIENT_ID: { default: null, meaning: 'Id of this chat at the provider', schema: text },
  OIDC_CLIENT_SECRET: {
    default: null,
    meaning: 'Secret of this chat at the provider; unset: a client without one',
    schema: text
  },
  OIDC_NAME: {
    default: null,
    meaning: 'What people call the provider, on the button; unset: its host name',
    schema: v.pipe(v.string(), v.maxLength(40, 'must have at most 40 characters'))
  },
  VAPID_PRIVATE_KEY: {
    default: null,
    meaning:
      'Private key by which push services know this chat (Web Push, VAPID): 32 bytes in base64url; unset: made at the first use and stored',
    schema: grammar(
      /^[\w-]{43}$/,
      'must be 43 characters of base64url, as `npx web-push generate-vapid-keys` prints them'
    )
  },
  FLY_REGION: {
    default: 'local',
    meaning: 'Region shown to people; Fly sets it',
    schema: grammar(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 of a-z, 0-9 and -')
  },
  FLY_MACHINE_ID: {
    default: null,
    meaning: 'Id of this instance, unique among all; Fly sets it; unset: derived from computer and port',
    schema: grammar(/^[a-z0-9]{1,32}$/, 'must be 1 to 32 of a-z and 0-9: every connection id starts with it')
  },
  FLY_APP_NAME: { default: null, meaning: 'Name of the app on Fly, which sets it; unset: not on Fly', schema: text },
  EMBEDDED_ON_FLY: {
    default: null,
    meaning: '`1` allows Fly without `REDIS_URL`: one machine, `DATA_DIR` on a mounted volume',
    schema: v.pipe(
      v.picklist(['0', '1'], 'must be 1, or left out'),
      v.transform((value) => value === '1')
    )
  },
  ACCESS: {
    default: 'open',
    meaning: 'Who comes in: `open`, anybody with a name; `invite`, new people only with an invitation',
    schema: v.picklist(['open', 'invite'], 'must be open or invite')
  },
  GUEST_PROTOCOLS: {
    default: null,
    meaning:
      '`off` disables the two compatible protocols and `/api/messages`; unset: `on`, but `off` with `ACCESS=invite`',
    schema: v.pipe(
      v.picklist(['on', 'off'], 'must be on or off'),
      v.transform((value) => value === 'on')
    )
  },
  HISTORY_LIMIT: {
    default: '10000',
    meaning: 'Maximum number of messages stored per room',
    schema: whole(100, 1_000_000)
  },
  ROOM_BYTES_MAX: {
    default: '16000000',
    meaning: 'Maximum size of the messages stored per room, in bytes; each message counts 256 besides its text',
    schema: bytes(ROOM_BYTES_MIN)
  },
  STORE_BYTES_MAX: {
    default: null,
    meaning:
      'Maximum size of the store, in bytes: of the embedded file, or of the memory that Redis uses; unset: 2000000000, and with Redis 80 % of its `maxmemory`',
    schema: bytes(STORE_BYTES_MIN)
  },
  ROOM_LIMIT: { default: '1000', meaning: 'Maximum number of rooms', schema: whole(1, 100_000) },
  RATE_BURST: {
    default: '60',
    meaning: 'Burst of operations for a connection or a person; an address may do ten times as many',
    schema: whole(1, 100_000)
  },
  RATE_PER_SECOND: {
    default: '20',
    meaning: 'Sustained rate, operations per second',
    schema: whole(1, 100_000)
  },
  CONNECTIONS_PER_ADDRESS: {
    default: '500',
    meaning:
      'Maximum number of connections from one address; at least 200, because a classroom shares one; unset: half of `CONNECTIONS_MAX` if that is less',
    schema: whole(CONNECTIONS_PER_ADDRESS_MIN, 1_000_000)
  },
  CONNECTIONS_MAX: {
    default: '10000',
    meaning: 'Maximum number of connections of one process',
    schema: whole(1, 1_000_000)
  },
  IDLE_EXIT_MINUTES: {
    default: null,
    meaning:
      'Minutes without clients and requests after which the instance exits, for platforms that start it again at the next request, as Fly does; unset: never',
    schema: minutes()
  },
  METRICS_PORT: {
    default: null,
    meaning: 'Port of Prometheus metrics at `/metrics`; unset: no metrics',
    schema: port(0)
  },
  METRICS_HOST: {
    default: null,
    meaning: 'Address on which the metrics listen; unset: as `HOST`',
    schema: grammar(/^[A-Za-z0-9.:_-]{1,255}$/, 'must be one address or host name, without brackets or port')
  },
  LOG_LEVEL: {
    default: 'info',
    meaning: 'Minimum log level: trace, debug, info, warn, error, fatal, silent',
    schema: v.picklist(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'must be trace, debug, info, warn, error, fatal or silent'
    )
  }
} as const satisfies Record<string, Setting>

type Settings = typeof settings
export type SettingName = keyof Settings
/** The parsed values. A variable without a default is null when unset. */
export type Values = {
  [N in SettingName]: v.InferOutput<Settings[N]['schema']> | (Settings[N]['default'] extends null ? null : never)
}

/** Reads every variable; an empty value counts as unset. `problems` are sentences, one for each invalid variable. */
export function readSettings(env: Record<string, string | undefined>): { values: Values; problems: string[] } {
  const problems: string[] = []
  const read = Object.entries<Setting>(settings).map(([name, setting]) => {
    const given = env[name]?.trim() || setting.default
    if (given === null) return [name, null]
    const parsed = v.safeParse(setting.schema, given)
    if (parsed.success) return [name, parsed.output]
    const otherwise = setting.default === null ? 'leave it out' : `leave it out for ${setting.default}`
    problems.push(`${name} ${parsed.issues[0].message}, or ${otherwise}.`)
    return [name, null]
  })
  return { values: Object.fromEntries(read) as Values, problems }
}
