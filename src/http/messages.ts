// The lobby as the borrowed course clients know it: /api/messages. The same store and the same verbs as the sockets; tokens of
// whatever kind are ignored, and refusals are { message }.
import { Hono, type MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { methodNotAllowed } from 'hono/method-not-allowed'
import * as v from 'valibot'
import { ChatError } from '../errors.ts'
import type { Chat } from '../chat/chat.ts'
import { guestName } from '../chat/guest-name.ts'
import type { People } from '../presence/presence.ts'
import { claimedName } from '../chat/rules.ts'
import {
  LOBBY,
  NAME_MAX_CODE_POINTS,
  PAGE_MAX_MESSAGES,
  isId,
  type Cursor,
  type Message,
  type Reason
} from '../contract.ts'
import { asCourse } from '../contract/compatible.ts'
import type { Log } from '../process/logger.ts'
import { createBodyCache, matches, type Body } from './body-cache.ts'
import { payForBody, readJson, readPaging } from './body.ts'
import { answerErrors, answerMethods, type Manner } from './errors.ts'
import { guestCors } from './security.ts'
import type { Requesters } from './who.ts'

/** The sentences these clients expect; the others are as everywhere. */
const sentences: Partial<Record<Reason | 'not-found', string>> = {
  'text-empty': 'Message content is required',
  'text-too-long': 'Message content is too long'
}
export const courseManner: Manner = (reason, sentence) => ({ message: sentences[reason] ?? sentence })

/** Every field may be anything: what is unusable has a sentence of its own. */
const posted = v.object({
  username: v.optional(v.unknown()),
  content: v.optional(v.unknown()),
  id: v.optional(v.unknown())
})

/** These clients are promised the newest 500 at once; only when those are very long do they get fewer. */
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
  // A body holds texts, some of which may have been removed just now.
  chat.onAnnounce((happened) => {
    if (happened.kind === 'events' && happened.list.room === LOBBY) bodies.clear()
  })
  const answer = answerErrors(log, courseManner)
  app.onError((error, c) =>
    answer(isBodyRefused(error) ? new HTTPException(400, { message: error.message }) : error, c)
  )
  app.use(guestCors(requesters, ['GET', 'POST', 'DELETE']), payForBody({ chat, requesters }))
  app.use(room)
  app.use(methodNotAllowed({ app, onMethodNotAllowed: answerMethods(courseManner) }))

  app.get('/', async (c) => {
    const { before, limit } = readPaging(c, PAGE_MAX_MESSAGES)
    const query = JSON.stringify([before, limit])
    const has = (tag: string) => matches(c.req.header('if-none-match'), tag)
    const found: { body: Body | null } = { body: null }
    const kept = (head: Cursor) => {
      const body = (found.body = bodies.find(query, head))
      return body && (has(body.tag) ? 0 : body.bytes.length)
    }
    const wanted = { removed: false, maxBytes: LIST_MAX_BYTES }
    const { head, page } = await chat.pageSince(kept, requesters.guest(c), LOBBY, before, limit, wanted)
    const encode = () => JSON.stringify((page?.messages ?? []).map(bodyOf))
    const { tag, bytes } = found.body ?? bodies.keep(query, head, encode)
    c.header('ETag', tag)
    if (has(tag)) return c.body(null, 304)
    return c.body(bytes, 200, { 'Content-Type': 'application/json' })
  })

  app.post('/', async (c) => {
    const read = v.safeParse(posted, await readJson(c))
    if (!read.success) throw new ChatError('bad-request')
    const { username, content, id } = read.output
    const claimed = claimedName(username)
    if (claimed === null) throw new HTTPException(400, { message: whyUnusable(username) })
    if (typeof content !== 'string') throw new ChatError('text-empty')
    const { message } = await chat.send(requesters.guest(c, guestName(people, claimed)), {
      room: LOBBY,
      // An id of another grammar is some client's own business, as it is to a server that never heard of ids.
      id: isId(id) ? id : chat.newId(),
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

/** These clients know one status for whatever is wrong with what they send. */
const isBodyRefused = (error: Error): error is HTTPException =>
  error instanceof HTTPException && (error.status === 413 || error.status === 415)

function whyUnusable(username: unknown): string {
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
