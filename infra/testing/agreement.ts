// What fly.toml, the Dockerfile, compose.yaml and the code say of each other: claims that hold together or are broken.
import { commandOf, environmentOf, lastOf, readDockerfile, readIgnore, type Stage } from './deployment/dockerfile.ts'
import { at, readToml, readYaml, secondsAt, textAt, type Table } from './deployment/plain-files.ts'
import { settings } from '../../src/process/settings.ts'

/** The files by which it is shipped, as text. */
export interface ShipFiles {
  fly: string
  dockerfile: string
  ignore: string
  compose: string
}

/** What the code says. */
export interface Code {
  /** Signals on which it ends in order. */
  signals: readonly string[]
  scripts: Record<string, string>
  endWithinMs: number
  hearingWithinMs: number
  heartbeatMs: number
  /** How the world on a laptop checks its machines. */
  checkEveryMs: number
  checkWithinMs: number
  isFile(path: string): boolean
}

interface Ship extends Code {
  fly: Table
  stages: readonly Stage[]
  /** The last of them, which is the image. */
  image: Stage
  isIgnored(path: string): boolean
  compose: Table
}

const FLY_KILL_TIMEOUT_MAX_SECONDS = 300
/** Sent to stop a container where nothing else is said. */
const DOCKERS_SIGNAL = 'SIGTERM'
/** What nobody but the people who run it may read. */
const SECRET = /^(REDIS_URL|UPSTASH_|SESSION_SECRET|MODERATOR_TOKEN)/
/** Keys that Fly's page "App configuration (fly.toml)" has, of those a chat may need. Fly itself passes over others without a word. */
const FLY_KEYS = new Set(
  `app primary_region kill_signal kill_timeout swap_size_mb build.dockerfile deploy.strategy deploy.max_unavailable
  deploy.wait_timeout env http_service.internal_port http_service.force_https http_service.auto_stop_machines
  http_service.auto_start_machines http_service.min_machines_running http_service.concurrency.type
  http_service.concurrency.soft_limit http_service.concurrency.hard_limit http_service.http_options.idle_timeout
  http_service.checks.method http_service.checks.path http_service.checks.protocol http_service.checks.grace_period
  http_service.checks.interval http_service.checks.timeout restart.policy restart.retries metrics.port metrics.path
  mounts.source mounts.destination mounts.initial_size vm.size vm.memory`.split(/\s+/)
)

/** Names of the claims that these files break. @throws Error when one of them can't be read */
export function broken(files: ShipFiles, code: Code): string[] {
  const stages = readDockerfile(files.dockerfile)
  const ship: Ship = {
    ...code,
    fly: readToml(files.fly),
    stages,
    image: stages.at(-1) as Stage,
    isIgnored: readIgnore(files.ignore),
    compose: readYaml(files.compose) as Table
  }
  return Object.entries(claims)
    .filter(([, holds]) => !holds(ship))
    .map(([name]) => name)
}

export const claims: Record<string, (ship: Ship) => boolean> = {
  'Fly’s proxy knocks where the chat listens': ({ fly }) =>
    at(fly, 'http_service.internal_port') === Number(at(fly, 'env.PORT')),

  'the image shows the port on which the chat listens': ({ image }) =>
    lastOf(image, 'EXPOSE') === environmentOf(image)['PORT'] && lastOf(image, 'EXPOSE') === settings.PORT.default,

  'compose.yaml leads to the port of the image': ({ compose, image }) =>
    textAt(compose, 'services.chat.ports.0').endsWith(`:${lastOf(image, 'EXPOSE')}`) &&
    askedIn(compose).port === lastOf(image, 'EXPOSE'),

  'metrics are asked for where they are told, and not on the public port': ({ fly }) =>
    at(fly, 'metrics.0.port') === Number(at(fly, 'env.METRICS_PORT')) &&
    at(fly, 'metrics.0.port') !== at(fly, 'http_service.internal_port') &&
    at(fly, 'metrics.0.path') === '/metrics',

  'checks ask whether the chat wants people, not whether it lives': ({ fly, compose }) =>
    [at(fly, 'http_service.checks.0.path'), askedIn(compose).pathname].every((path) => path === '/health/ready'),

  'whoever stops the chat sends a signal on which it drains': ({ fly, image, compose, signals }) =>
    [
      textAt(fly, 'kill_signal'),
      lastOf(image, 'STOPSIGNAL') ?? DOCKERS_SIGNAL,
      textAt(compose, 'services.chat.stop_signal') || DOCKERS_SIGNAL
    ].every((signal) => signals.includes(signal)),

  'nobody kills the chat before it has ended by itself': ({ fly, compose, endWithinMs }) =>
    [secondsAt(fly, 'kill_timeout'), secondsAt(compose, 'services.chat.stop_grace_period')].every(
      (seconds) => seconds * 1_000 > endWithinMs
    ),

  'Fly grants as long as fly.toml wants': ({ fly }) => secondsAt(fly, 'kill_timeout') <= FLY_KILL_TIMEOUT_MAX_SECONDS,

  'the program is process 1, without a shell or npm': ({ image }) =>
    /^\["[\w/]+\/node", /.test(lastOf(image, 'CMD') ?? '') &&
    commandOf(image).length === 2 &&
    lastOf(image, 'ENTRYPOINT') === null,

  'it runs as a number that isn’t root': ({ image }) => /^[1-9]\d*:[1-9]\d*$/.test(lastOf(image, 'USER') ?? ''),

  'variables are those that the chat reads': ({ fly, image, compose }) =>
    [fly['env'], environmentOf(image), at(compose, 'services.chat.environment')].every((variables) =>
      Object.keys(variables as Table).every((name) => name in settings && !name.startsWith('FLY_'))
    ),

  'no secret stands in a file, and one that is missing is asked for': ({ fly, image, compose }) =>
    !Object.keys({ ...(fly['env'] as Table), ...environmentOf(image) }).some((name) => SECRET.test(name)) &&
    textAt(compose, 'services.chat.environment.MODERATOR_TOKEN').startsWith('${') &&
    /^\$\{SESSION_SECRET:\?.*openssl rand/.test(textAt(compose, 'services.chat.environment.SESSION_SECRET')),

  'a fresh instance has the time it needs before a check counts': ({ fly, hearingWithinMs }) =>
    secondsAt(fly, 'http_service.checks.0.grace_period') * 1_000 > hearingWithinMs,

  'the world on a laptop checks as Fly does': ({ fly, checkEveryMs, checkWithinMs }) =>
    secondsAt(fly, 'http_service.checks.0.interval') * 1_000 === checkEveryMs &&
    secondsAt(fly, 'http_service.checks.0.timeout') * 1_000 === checkWithinMs,

  'a deploy waits for the drain, the start and the checks of a machine': ({ fly }) =>
    secondsAt(fly, 'deploy.wait_timeout') >
    ['kill_timeout', 'http_service.checks.0.grace_period', 'http_service.checks.0.interval']
      .map((path) => secondsAt(fly, path))
      .reduce((sum, seconds) => sum + seconds),

  'a region spills over by connections, before the chat turns anybody away': ({ fly }) => {
    const { type, soft_limit: soft, hard_limit: hard } = at(fly, 'http_service.concurrency') as Table
    const max = Number(at(fly, 'env.CONNECTIONS_MAX') ?? settings.CONNECTIONS_MAX.default)
    return type === 'connections' && Number(soft) < Number(hard) && Number(hard) < max
  },

  'heartbeats come before a wire counts as idle': ({ fly, heartbeatMs }) =>
    secondsAt(fly, 'http_service.http_options.idle_timeout') * 1_000 > heartbeatMs,

  'one machine at a time is replaced': ({ fly }) =>
    at(fly, 'deploy.strategy') === 'rolling' && at(fly, 'deploy.max_unavailable') === 1,

  'Fly stops no machine, and starts one that ended in order only for a request': ({ fly }) =>
    at(fly, 'http_service.auto_stop_machines') === 'off' &&
    at(fly, 'http_service.auto_start_machines') === true &&
    at(fly, 'restart.0.policy') === 'on-failure',

  'fly.toml has only keys that Fly knows': ({ fly }) => keysOf(fly).every((key) => FLY_KEYS.has(key)),

  'what the build copies is there, and given to it': ({ stages, fly, isFile, isIgnored }) =>
    [...copied(stages), textAt(fly, 'build.dockerfile'), 'tsconfig.json', 'src/main.ts', 'web/main.tsx'].every(
      (path) => isFile(path) && !isIgnored(path)
    ),

  'tests, and what was built here, are not given to the build': ({ isIgnored }) =>
    [
      'src/process/logger.test.ts',
      'web/testing/outbox.browser.test.ts',
      'node_modules/hono',
      'dist/server.js',
      'data',
      '.git'
    ].every(isIgnored),

  'the build calls scripts that exist': ({ stages, scripts }) =>
    stages
      .flatMap(({ steps }) => steps)
      .flatMap(({ text }) => [...text.matchAll(/npm run (\S+)/g)])
      .every(([, name = '']) => name in scripts),

  'a change in the code doesn’t install the packages anew': ({ stages: [build] }) => {
    const texts = build?.steps.map(({ text }) => text) ?? []
    return texts.includes('npm ci') && texts.indexOf('npm ci') < texts.indexOf('. .')
  },

  'compose.yaml builds what Fly builds': ({ fly, compose }) =>
    at(compose, 'services.chat.build.dockerfile') === at(fly, 'build.dockerfile') &&
    at(compose, 'services.chat.build.context') === '..',

  'the Redis of compose.yaml is the chat’s, and loses and drops nothing': ({ compose }) =>
    at(compose, 'services.chat.environment.REDIS_URL') === 'redis://redis:6379' &&
    /--appendonly yes .*--maxmemory-policy noeviction/.test(textAt(compose, 'services.redis.command')) &&
    textAt(compose, 'services.redis.volumes.0').endsWith(':/data')
}

/** The address in the chat's health check. */
const askedIn = (compose: Table) =>
  new URL(/http:[^']+/.exec(textAt(compose, 'services.chat.healthcheck.test.3'))?.[0] ?? 'none:')

/** Files of the project that are copied by name. */
const copied = (stages: readonly Stage[]) =>
  stages
    .flatMap(({ steps }) => steps)
    .filter(({ word, flags }) => word === 'COPY' && flags['from'] === undefined)
    .flatMap(({ text }) => text.split(' ').slice(0, -1))
    .filter((source) => source !== '.')

/** Paths of all values, without the places in lists; what [env] holds is not Fly's. */
function keysOf(table: Table, above = ''): string[] {
  return Object.entries(table).flatMap(([name, value]) => {
    const path = above + name
    if (typeof value !== 'object' || path === 'env') return path
    return (Array.isArray(value) ? value : [value]).flatMap((one) => keysOf(one as Table, `${path}.`))
  })
}
