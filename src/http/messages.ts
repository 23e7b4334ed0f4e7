// The lobby for clients of the course protocol: /api/messages. It uses the same verbs as the sockets. Tokens are ignored, and refusals
// are { message }.
import { createHash } from 'node:crypto'
import { Hono, type Context, type MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { methodNotAllowed } from 'hono/method-not-allowed'
import * as v from 'valibot'
import { ChatError } from '../errors.ts'
import type { Chat } from '../chat/chat.ts'
import { guestName } from '../chat/guest-name.ts'
import type { People } from '../presence/presence.ts'
import { claimedName } from '../chat/rules.ts'
import {
  ID_BYTES,
  LOBBY,
  NAME_MAX_CODE_POINTS,
  PAGE_MAX_MESSAGES,
  idFromBytes,
  isId,
  type Cursor,
  type Message,
  type Reason
} from '../contract.ts'
import { asCourse } from '../contract/compatible.ts'
import type { Log } from '../process/logger.ts'
import { createBodyCache, matches, type Body } from './body-cache.ts'
import { payForBody, readBody, readPaging } from './body.ts'
import { answerErrors, answerMethods, type RefusalBody } from './errors.ts'
import { guestCors } from './security.ts'
import type { Requesters } from './requesters.ts'

/** Sentences that these clients expect; all others are as in errors.ts. */
const sentences: Partial<Record<Reason | 'not-found', string>> = {
  'text-empty': 'Message content is required',
  'text-too-long': 'Message content is too long'
}
export const courseRefusal: RefusalBody = (reason, sentence) => ({ message: sentences[reason] ?? sentence })

/** Every field may be anything: each invalid one has a sentence of its own. */
const newMessage = v.object({
  username: v.optional(v.unknown()),
  content: v.optional(v.unknown()),
  id: v.optional(v.unknown())
})

/** These clients get the newest 500 at once, and fewer only when those are very long. */
export const LIST_MAX_BYTES = 2_000_000

export function messages(options: {
  chat: Chat
  people: People
  requesters: Requesters
  log: Log
  room: MiddlewareHandler
}) {
  const { chat, people, requesters, log, room } = options
  const app = new Hono()
  const bodies = createBodyCache()
  // A body contains texts that may have been removed by now.
  chat.onAnnounce((announcement) => {
    if (announcement.kind === 'events' && announcement.list.room === LOBBY) bodies.clear()
  })
  const answer = answerErrors(log, courseRefusal)
  app.onError((error, c) =>
    answer(isBodyRefused(error) ? new HTTPException(400, { message: error.message }) : error, c)
  )
  app.use(guestCors(requesters, ['GET', 'POST', 'DELETE']), payForBody({ chat, requesters }))
  app.use(room)
  app.use(methodNotAllowed({ app, onMethodNotAllowed: answerMethods(courseRefusal) }))

  app.get('/', async (c) => {
    const { before, limit } = readPaging(c, PAGE_MAX_MESSAGES)
    const query = JSON.stringify([before, limit])
    const has = (tag: string) => matches(c.req.header('if-none-match'), tag)
    const found: { body: Body | null } = { body: null }
    const cached = (head: Cursor) => {
      const body = (found.body = bodies.find(query, head))
      return body && (has(body.tag) ? 0 : body.bytes.length)
    }
    const wanted = { removed: false, maxBytes: LIST_MAX_BYTES }
    const { head, page } = await chat.pageSince(cached, requesters.guest(c), LOBBY, before, limit, wanted)
    const encode = () => JSON.stringify((page?.messages ?? []).map(bodyOf))
    const { tag, bytes } = found.body ?? bodies.keep(query, head, encode)
    c.header('ETag', tag)
    if (has(tag)) return c.body(null, 304)
    return c.body(bytes, 200, { 'Content-Type': 'application/json' })
  })

  app.post('/', async (c) => {
    const { username, content, id } = await readBody(c, newMessage)
    const claimed = claimedName(username)
    if (claimed === null) throw new HTTPException(400, { message: invalidName(username) })
    if (typeof content !== 'string') throw new ChatError('text-empty')
    const { message } = await chat.send(requesters.guest(c, guestName(people, claimed)), {
      room: LOBBY,
      id: idempotentId(c, claimed, id) ?? chat.newId(),
      text: content
    })
    return c.json(bodyOf(message), 201)
  })

  app.delete('/:id', async (c) => {
    const message = c.req.param('id')
    if (!isId(message)) throw new ChatError('no-message')
    await chat.remove(requesters.guest(c), { room: LOBBY, id: chat.newId(), message })
    return c.body(null, 204)
  })

  return app
}

/** Longer than any idempotency key in use. */
const KEY_MAX_CHARACTERS = 255

/**
 * The id under which the message is stored once: derived from the Idempotency-Key header and the name, or given in the body. A server
 * of the course protocol does not know ids, so a client may send any; one of another grammar is ignored. Null without either.
 * @throws HTTPException 400 for a key that is empty or too long
 */
function idempotentId(c: Context, username: string, id: unknown): string | null {
  const key = c.req.header('idempotency-key')
  if (key === undefined) return isId(id) ? id : null
  if (key === '' || key.length > KEY_MAX_CHARACTERS)
    throw new HTTPException(400, { message: `Idempotency-Key must have 1 to ${KEY_MAX_CHARACTERS} characters` })
  return idFromBytes(
    createHash('sha256')
      .update(JSON.stringify([username, key]))
      .digest()
      .subarray(0, ID_BYTES)
  )
}

/** These clients expect status 400 for every invalid body. */
const isBodyRefused = (error: Error): error is HTTPException =>
  error instanceof HTTPException && (error.status === 413 || error.status === 415)

function invalidName(username: unknown): string {
  if (username === undefined || username === null) return 'Username is required'
  if (typeof username !== 'string') return 'Username must be a text'
  if (username.trim() === '') return 'Username is required'
  if (Array.from(username).length > NAME_MAX_CODE_POINTS)
    return `Username is longer than ${NAME_MAX_CODE_POINTS} characters`
  return 'Username has characters that are not allowed, or none that can be read'
}

/** Over HTTP an edited message carries the time of its last edit. */
const bodyOf = (message: Message) => ({
  ...asCourse(message),
  ...(message.editedAt !== undefined && { editedAt: new Date(message.editedAt).toISOString() })
})
