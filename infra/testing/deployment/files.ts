// The files that a deployment is made of, checked for their shape and typed.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse as parseToml } from 'smol-toml'
import * as v from 'valibot'
import { parse as parseYaml } from 'yaml'

export const ROOT = join(import.meta.dirname, '../../..')
export const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** `90`, `90s` or `2m`, in milliseconds. */
const duration = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+[sm]$/))]),
  v.transform((given) => 1_000 * Number.parseInt(`${given}`) * (`${given}`.endsWith('m') ? 60 : 1))
)
const variables = v.record(v.string(), v.string())

/**
 * The keys of Fly's page "App configuration (fly.toml)" that a chat may need. Fly ignores unknown keys without a word, so a misspelled
 * one would go unnoticed.
 */
export const flySchema = v.strictObject({
  app: v.string(),
  primary_region: v.string(),
  kill_signal: v.string(),
  kill_timeout: duration,
  build: v.strictObject({ dockerfile: v.string() }),
  deploy: v.strictObject({ strategy: v.string(), max_unavailable: v.number(), wait_timeout: duration }),
  env: variables,
  http_service: v.strictObject({
    internal_port: v.number(),
    force_https: v.boolean(),
    auto_stop_machines: v.string(),
    auto_start_machines: v.boolean(),
    concurrency: v.strictObject({ type: v.string(), soft_limit: v.number(), hard_limit: v.number() }),
    http_options: v.strictObject({ idle_timeout: duration }),
    checks: v.tuple([
      v.strictObject({
        method: v.string(),
        path: v.string(),
        protocol: v.string(),
        grace_period: duration,
        interval: duration,
        timeout: duration
      })
    ])
  }),
  restart: v.tuple([v.strictObject({ policy: v.string(), retries: v.number() })]),
  metrics: v.tuple([v.strictObject({ port: v.number(), path: v.string() })]),
  vm: v.tuple([v.strictObject({ size: v.string(), memory: v.string() })]),
  mounts: v.optional(
    v.strictObject({ source: v.string(), destination: v.string(), initial_size: v.optional(v.string()) })
  )
})
/** @throws v.ValiError for a key that Fly does not know, or one that is missing */
export const readFly = (text = read('fly.toml')) => v.parse(flySchema, parseToml(text))

const healthy = v.strictObject({ condition: v.literal('service_healthy') })
const everyService = {
  mem_limit: v.string(),
  logging: v.strictObject({ driver: v.string(), options: variables }),
  restart: v.literal('unless-stopped')
}
const healthcheck = {
  interval: duration,
  timeout: duration,
  start_period: duration
}
/** The keys of Compose's specification that these services may need. */
const composeSchema = v.strictObject({
  name: v.string(),
  'x-logging': v.unknown(),
  services: v.strictObject({
    chat: v.strictObject({
      ...everyService,
      build: v.strictObject({ context: v.string(), dockerfile: v.string() }),
      depends_on: v.strictObject({ redis: healthy }),
      ports: v.tuple([v.string()]),
      env_file: v.tuple([v.strictObject({ path: v.string(), required: v.boolean() })]),
      environment: variables,
      stop_signal: v.optional(v.string()),
      stop_grace_period: duration,
      healthcheck: v.strictObject({ ...healthcheck, test: v.array(v.string()) })
    }),
    redis: v.strictObject({
      ...everyService,
      image: v.string(),
      command: v.string(),
      volumes: v.tuple([v.string()]),
      healthcheck: v.strictObject({ ...healthcheck, test: v.string() })
    }),
    caddy: v.strictObject({
      ...everyService,
      profiles: v.tuple([v.literal('tls')]),
      image: v.string(),
      depends_on: v.strictObject({ chat: healthy }),
      ports: v.tuple([v.literal('80:80'), v.literal('443:443')]),
      environment: variables,
      volumes: v.array(v.string())
    })
  }),
  volumes: v.strictObject({ redis: v.null(), caddy: v.null() })
})
export const readCompose = () => v.parse(composeSchema, parseYaml(read('infra/compose.yaml'))).services

const dockerfile = read('infra/Dockerfile')
const image = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))

/** The last stage of the Dockerfile: what each instruction says, or undefined. */
export const imageSays = (instruction: string) => new RegExp(`^${instruction} (.+)$`, 'm').exec(image)?.[1]
export const imageVariables = () =>
  Object.fromEntries((imageSays('ENV') ?? '').split(' ').map((pair) => pair.split('=') as [string, string]))
export const imageCommand = () => v.parse(v.array(v.string()), JSON.parse(imageSays('CMD') ?? 'null'))

/** Instructions of all stages, in order. */
export const instructions = dockerfile.split('\n').filter((line) => /^[A-Z]+ /.test(line))
