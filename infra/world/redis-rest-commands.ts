// Commands in and replies out of the REST proxy for Redis, in both encodings.
import type { IncomingMessage } from 'node:http'
import { ErrorReply } from 'redis'

const BODY_MAX_BYTES = 10 * 1024 * 1024
/** These hold the connection, which all requests share, or change what it is. */
const NOT_OVER_REST = new Set(
  `AUTH BLMOVE BLMPOP BLPOP BRPOP BRPOPLPUSH BZMPOP BZPOPMAX BZPOPMIN CLIENT DISCARD EXEC HELLO MONITOR MULTI PSUBSCRIBE
  PUNSUBSCRIBE QUIT RESET SELECT SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE SYNC PSYNC UNSUBSCRIBE UNWATCH WAIT WAITAOF WATCH`.split(
    /\s+/
  )
)

export type Command = [string, ...string[]]
/** Why a request is refused as a whole. */
export class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export type Encode = (reply: unknown) => unknown

export function toPlain(reply: unknown): unknown {
  if (Buffer.isBuffer(reply)) return reply.toString()
  return Array.isArray(reply) ? reply.map(toPlain) : errorAsText(reply)
}

/** Every string but "OK", however deep. */
export function toBase64(reply: unknown): unknown {
  if (reply === 'OK') return reply
  if (typeof reply === 'string') return Buffer.from(reply).toString('base64')
  if (Buffer.isBuffer(reply)) return reply.toString('base64')
  return Array.isArray(reply) ? reply.map(toBase64) : errorAsText(reply)
}

/** An error inside a list, as scripts return them. */
function errorAsText(reply: unknown): unknown {
  return reply instanceof ErrorReply ? reply.message : reply
}

export function readCommands(payload: unknown): Command[] {
  if (!Array.isArray(payload) || payload.length === 0) throw new Refusal(400, 'ERR a list of commands is needed')
  return payload.map(readCommand)
}

export function readCommand(payload: unknown): Command {
  if (!Array.isArray(payload) || payload.length === 0 || !payload.every(isArgument))
    throw new Refusal(400, 'ERR a command is a list of strings, numbers and booleans')
  const [name = '', ...rest] = payload.map(String)
  const blocks = /^XREAD(GROUP)?$/i.test(name) && rest.some((part) => part.toUpperCase() === 'BLOCK')
  if (blocks || NOT_OVER_REST.has(name.toUpperCase()))
    throw new Refusal(400, `ERR ${name.slice(0, 32)} is not available over REST`)
  return [name, ...rest]
}

const isArgument = (part: unknown) => ['string', 'number', 'boolean'].includes(typeof part)

export async function readBody(request: IncomingMessage): Promise<unknown> {
  const tooLong = () => new Refusal(413, `ERR max request size exceeded: ${BODY_MAX_BYTES} bytes`)
  if (Number(request.headers['content-length']) > BODY_MAX_BYTES) throw tooLong()
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_MAX_BYTES) throw tooLong()
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw new Refusal(400, 'ERR the body is not JSON')
  }
}
