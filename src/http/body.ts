// Reads request bodies, which are JSON of bounded size, and the two parameters of paging.
import type { Context, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import * as v from 'valibot'
import type { Chat } from '../chat/chat.ts'
import { costs, inputCost } from '../chat/costs.ts'
import { FRAME_MAX_BYTES, PAGE_MAX_MESSAGES, isId } from '../contract.ts'
import type { Requesters } from './requesters.ts'

/**
 * Charges the address for a body before it is read. A body without a length costs as much as the longest.
 * Use it after the CORS middleware, so that pages of other origins can read the refusal.
 */
export function payForBody({
  chat,
  requesters
}: {
  chat: Pick<Chat, 'spend'>
  requesters: Pick<Requesters, 'guest'>
}): MiddlewareHandler {
  return (c, next) => {
    const bytes = Number(c.req.header('content-length') ?? FRAME_MAX_BYTES)
    if (['POST', 'PATCH', 'PUT'].includes(c.req.method))
      chat.spend(requesters.guest(c), costs.event + inputCost(Math.min(bytes, FRAME_MAX_BYTES)))
    return next()
  }
}

/**
 * The JSON body; no body is an empty object. Any other content type is refused: a page of any origin can send it without a
 * preflight request.
 * @throws HTTPException 400 malformed, 413 longer than FRAME_MAX_BYTES, 415 not JSON
 */
export async function readJson(c: Context): Promise<unknown> {
  const text = await readText(c)
  if (text === '') return {}
  if (!/^application\/json *(;|$)/i.test(c.req.header('content-type') ?? ''))
    throw new HTTPException(415, { message: 'Content-Type must be application/json' })
  try {
    return JSON.parse(text)
  } catch {
    throw new HTTPException(400, { message: 'Malformed JSON' })
  }
}

/** The JSON body in the given shape; unknown keys are dropped. @throws HTTPException 400 with the field, and as `readJson` */
export async function readBody<T>(c: Context, schema: v.GenericSchema<unknown, T>): Promise<T> {
  const read = v.safeParse(schema, await readJson(c))
  if (!read.success) throw new HTTPException(400, { message: sentenceFor(read.issues[0]) })
  return read.output
}

/** What is wrong with which field. It repeats nothing of the input. */
function sentenceFor(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue)
  if (field === null) return 'The body must be a JSON object'
  if (issue.received === 'undefined') return `${field} is required`
  switch (issue.type) {
    case 'max_length':
      return `${field} must have at most ${String(issue.requirement)} characters`
    case 'regex':
      return `${field} must match ${issue.expected}`
    default:
      return `${field} must be a ${issue.expected}`
  }
}

/** `?before=<message id>` and `?limit=`. @throws HTTPException 400 */
export function readPaging(c: Context, defaultLimit: number): { before: { id: string } | null; limit: number } {
  const { before, limit = String(defaultLimit) } = c.req.query()
  if (before !== undefined && !isId(before)) throw new HTTPException(400, { message: 'before must be a message id' })
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > PAGE_MAX_MESSAGES)
    throw new HTTPException(400, { message: `limit must be a whole number from 1 to ${PAGE_MAX_MESSAGES}` })
  return { before: before === undefined ? null : { id: before }, limit: Number(limit) }
}

/** Stops reading when a body of unknown length becomes too long. */
async function readText(c: Context): Promise<string> {
  const announced = c.req.header('content-length')
  if (Number(announced) > FRAME_MAX_BYTES) throw tooLong()
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    // Node ends a body at its announced length, and reading it whole costs far less than a stream.
    if (announced !== undefined) return await c.req.text()
    for await (const chunk of c.req.raw.body ?? []) {
      size += chunk.length
      if (size > FRAME_MAX_BYTES) throw tooLong()
      chunks.push(chunk)
    }
  } catch (cause) {
    throw cause instanceof HTTPException ? cause : new HTTPException(400, { message: 'The request body ended early' })
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

const tooLong = () => new HTTPException(413, { message: `The request body is longer than ${FRAME_MAX_BYTES} bytes` })
