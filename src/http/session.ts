// Signing in, going on and signing out: /api/session. The answer holds the token for a tab or a program; a page of ours gets it as
// a cookie as well, which lets a new tab go on as the same person.
import { createHash, timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
import { ChatError } from '../chat/chat-error.ts'
import type { Chat } from '../chat/chat.ts'
import { costs } from '../chat/costs.ts'
import type { People } from '../chat/people.ts'
import { cleanName } from '../chat/rules.ts'
import { bodies } from '../contract.ts'
import type { Identity } from '../identity.ts'
import { readBody } from './body.ts'
import { ownPages } from './security.ts'
import type { Who } from './who.ts'

export interface SessionOptions {
  chat: Chat
  people: People
  identity: Identity
  who: Who
  moderatorToken: string | null
}

export function session({ chat, people, identity, who, moderatorToken }: SessionOptions) {
  const app = new Hono()
  app.use(ownPages(who))

  // A new person; with a token the same person, perhaps under another name.
  app.post('/', async (c) => {
    const token = who.bearer(c)
    chat.spend(who.guest(c), token === undefined ? costs.signIn : costs.token)
    const session = token === undefined ? null : await identity.read(token)
    if (token !== undefined && !session) throw new ChatError('sign-in')

    const said = await readBody(c, bodies.session)
    const name = cleanName(said.name)
    if (said.moderator !== undefined && !isSecret(said.moderator, moderatorToken)) throw new ChatError('not-allowed')
    if (people.named(name, session?.person.key)) throw new ChatError('name-taken')

    const answer = await identity.issue(name, { moderator: said.moderator !== undefined, ...(session && { session }) })
    await who.keepCookie(c, answer)
    return c.json(answer, 201)
  })

  app.get('/', async (c) => {
    chat.spend(who.guest(c), costs.event)
    const session = await who.session(c)
    if (!session) throw new ChatError('sign-in')
    const answer = await identity.issue(session.person.name, { session })
    await who.keepCookie(c, answer)
    return c.json(answer)
  })

  app.delete('/', async (c) => {
    chat.spend(who.guest(c), costs.event)
    const session = await who.session(c)
    if (!session) throw new ChatError('sign-in')
    chat.signOut(session.person.id, session.id)
    await who.dropCookie(c, session.person.id)
    return c.body(null, 204)
  })

  return app
}

/** Takes as long for a near guess as for a far one. */
function isSecret(given: string, secret: string | null): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return secret !== null && timingSafeEqual(digest(given), digest(secret))
}
