// A proxy that serves Upstash's REST API in front of a plain Redis, so that @upstash/redis works on a laptop, in tests and with your own
// Redis.
// node infra/world/redis-rest.ts --redis-url redis://127.0.0.1:6379 --token secret --port 8079
import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { createClient, ErrorReply, RESP_TYPES } from 'redis'
import {
  readBody,
  readCommand,
  readCommands,
  Refusal,
  toBase64,
  toPlain,
  type Command,
  type Encode
} from './redis-rest-commands.ts'

/** What one command came to. */
type Outcome = { result: unknown } | { error: string }

export interface RedisRest {
  url: string
  port: number
  close(): Promise<void>
}

/** Starts the proxy, also while Redis isn't up yet. `host` is loopback and `port` any free one unless given. @throws when the port can't be had */
export async function openRedisRest(options: {
  redisUrl: string
  token: string
  port?: number
  host?: string
}): Promise<RedisRest> {
  const { redisUrl, token, port = 0, host = '127.0.0.1' } = options
  // Version 2 of the protocol has the flat lists that clients of this API expect. Without a queue an outage is reported at once,
  // and no half of a transaction is left over for later.
  const client = createClient({ url: redisUrl, RESP: 2, disableOfflineQueue: true })
  // Every command of an outage fails by itself; the client that reconnects has nothing to add.
  client.on('error', () => {})
  client.connect().catch(() => {})
  // Until the first answer, or the first failure: then 503 is the answer until Redis is there.
  await once(client, 'ready').catch(() => {})
  const bytes = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } as const
  const ask = (command: Command): Promise<unknown> => client.sendCommand(command, bytes)
  let writes = 0

  const server = createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json', 'upstash-sync-token': `${(writes += 1)}` })
      response.end(JSON.stringify(body))
    })
  })

  async function answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    try {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://rest')
      if (!isToken(request.headers.authorization?.replace(/^Bearer /i, '') ?? searchParams.get('_token') ?? '', token))
        throw new Refusal(401, 'WRONGPASS invalid or missing auth token')
      if (request.method !== 'POST') throw new Refusal(405, 'ERR only POST is spoken here')
      const said = await readBody(request)
      const encode = request.headers['upstash-encoding'] === 'base64' ? toBase64 : toPlain
      switch (pathname) {
        case '/': {
          const outcome = await one(readCommand(said), encode)
          return { status: 'error' in outcome ? 400 : 200, body: outcome }
        }
        case '/pipeline':
          return { status: 200, body: await Promise.all(readCommands(said).map((command) => one(command, encode))) }
        case '/multi-exec':
          return { status: 200, body: await together(readCommands(said), encode) }
        default:
          throw new Refusal(404, 'ERR unknown path')
      }
    } catch (cause) {
      const status = cause instanceof Refusal ? cause.status : 503
      return { status, body: { error: cause instanceof Refusal ? cause.message : `ERR ${messageOf(cause)}` } }
    }
  }

  async function one(command: Command, encode: Encode): Promise<Outcome> {
    try {
      return { result: encode(await ask(command)) }
    } catch (cause) {
      if (cause instanceof ErrorReply) return { error: cause.message }
      throw cause
    }
  }

  /** A transaction. Commands asked for in one turn of the loop reach Redis one after the other, with nobody's in between. */
  async function together(commands: Command[], encode: Encode): Promise<Outcome[]> {
    const asked = [ask(['MULTI']), ...commands.map(ask), ask(['EXEC'])]
    const last = (await Promise.allSettled(asked)).at(-1)
    if (last?.status !== 'fulfilled') {
      if (last?.reason instanceof ErrorReply) throw new Refusal(400, last.reason.message)
      throw last?.reason
    }
    return (last.value as unknown[]).map((reply) =>
      reply instanceof ErrorReply ? { error: reply.message } : { result: encode(reply) }
    )
  }

  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    client.destroy()
    throw cause
  }
  const at = server.address() as AddressInfo
  return {
    url: `http://${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`,
    port: at.port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      client.destroy()
    }
  }
}

/** In the same time however much of it is right. */
function isToken(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}

const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause))

async function main() {
  const { env } = process
  const { values } = parseArgs({
    options: {
      'redis-url': { type: 'string', default: env['REDIS_URL'] ?? 'redis://127.0.0.1:6379' },
      token: { type: 'string', default: env['UPSTASH_REDIS_REST_TOKEN'] ?? '' },
      port: { type: 'string', default: env['PORT'] ?? '8079' },
      host: { type: 'string', default: env['HOST'] ?? '127.0.0.1' }
    }
  })
  if (!values.token) {
    console.error('A token is needed: --token, or UPSTASH_REDIS_REST_TOKEN. Clients must send it.')
    process.exit(1)
  }
  const { token, host } = values
  const rest = await openRedisRest({ redisUrl: values['redis-url'], token, host, port: Number(values.port) })
  console.log(`Redis over REST is at ${rest.url}`)
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void rest.close().then(() => process.exit(0)))
}

if (process.argv[1] === import.meta.filename) await main()
