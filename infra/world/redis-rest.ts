// A proxy in front of a plain Redis that serves what the chat uses of Upstash's REST API: one command in each request. With it,
// @upstash/redis works on a laptop and in tests.
import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { createClient, ErrorReply, RESP_TYPES } from 'redis'
import * as v from 'valibot'

const part = v.pipe(
  v.unknown(),
  v.check((it) => typeof it === 'string' || typeof it === 'number'),
  v.transform(String)
)
const command = v.tupleWithRest([part], part)

export interface RedisRest {
  url: string
  port: number
  close(): Promise<void>
}

/** Starts the proxy on loopback, also while Redis isn't up yet. `port` is any free one unless given. @throws when the port can't be had */
export async function openRedisRest(options: { redisUrl: string; token: string; port?: number }): Promise<RedisRest> {
  const { redisUrl, token, port = 0 } = options
  // Version 2 of the protocol has the flat lists that clients of this API expect. Without a queue an outage is reported at once.
  const client = createClient({ url: redisUrl, RESP: 2, disableOfflineQueue: true })
  // Every command of an outage fails by itself; the client that reconnects has nothing to add.
  client.on('error', () => {})
  client.connect().catch(() => {})
  // Until the first answer, or the first failure: then 503 is the answer until Redis is there.
  await once(client, 'ready').catch(() => {})

  const server = createServer((request, response) => {
    void answer(request).then(({ status, ...body }) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    })
  })

  async function answer(request: IncomingMessage): Promise<{ status: number; result?: unknown; error?: string }> {
    if (!isToken(request.headers.authorization ?? '', `Bearer ${token}`))
      return { status: 401, error: 'WRONGPASS invalid or missing auth token' }
    const { success, output } = v.safeParse(command, await json(request).catch(() => null))
    if (!success || request.method !== 'POST' || request.url !== '/')
      return { status: 400, error: 'ERR only POST / with one command, a list of strings and numbers, is served here' }
    try {
      const reply = await client.sendCommand(output, { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } })
      return { status: 200, result: encode(reply, request.headers['upstash-encoding'] === 'base64') }
    } catch (cause) {
      if (cause instanceof ErrorReply) return { status: 400, error: cause.message }
      return { status: 503, error: `ERR ${cause instanceof Error ? cause.message : String(cause)}` }
    }
  }

  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (cause) {
    client.destroy()
    throw cause
  }
  const at = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${at.port}`,
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

/** In base64: every string but "OK", however deep. */
function encode(reply: unknown, isBase64: boolean): unknown {
  if (Array.isArray(reply)) return reply.map((one) => encode(one, isBase64))
  // An error inside a list, as scripts return them.
  if (reply instanceof ErrorReply) return reply.message
  if (!isBase64 || reply === 'OK') return Buffer.isBuffer(reply) ? reply.toString() : reply
  return typeof reply === 'string' || Buffer.isBuffer(reply) ? Buffer.from(reply).toString('base64') : reply
}

/** In the same time however much of it is right. */
function isToken(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
