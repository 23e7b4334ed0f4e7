// Sign-in, renewal and sign-out: /api/session. The answer contains the token; our own page also gets it as a cookie, so that a new tab
// continues as the same person.
import { createHash, timingSafeEqual } from 'node:crypto'
import { Hono, type Context } from 'hono'
import type { Oidc } from '../accounts/oidc.ts'
import { ChatError } from '../errors.ts'
import type { Chat } from '../chat/chat.ts'
import type { Clock } from '../clock.ts'
import { costs } from '../chat/costs.ts'
import type { Entry, Ticket } from '../people/entry.ts'
import type { Restrictions } from '../people/restrictions.ts'
import type { Registry, SignIn } from '../people/registry.ts'
import type { Devices } from '../sessions/devices.ts'
import type { Standings } from '../people/standings.ts'
import { ALL_TOKENS, type RevocationList } from '../sessions/revocation-list.ts'
import { cleanName } from '../chat/rules.ts'
import { ACCESS_HEADER, OIDC_HEADER, bodies } from '../contract.ts'
import type { Identity } from '../identity.ts'
import type { Config } from '../process/config.ts'
import type { Log } from '../process/logger.ts'
import { readBody } from './body.ts'
import { createModeratorAttempts } from './moderator-attempts.ts'
import type { Requesters } from './requesters.ts'

export interface SessionOptions {
  chat: Chat
  registry: Registry
  standings: Pick<Standings, 'forget' | 'markByToken'>
  entry: Entry
  restrictions: Pick<Restrictions, 'checkAddress'>
  identity: Identity
  requesters: Requesters
  revocations: RevocationList
  devices: Devices
  moderatorToken: string | null
  access: Config['access']
  oidc: Pick<Oidc, 'name'> | null
  clock: Pick<Clock, 'now'>
  log: Pick<Log, 'warn'>
  onModeratorAttempt(result: 'ok' | 'wrong' | 'too-fast'): void
}

export function session(options: SessionOptions) {
  const {
    chat,
    registry,
    entry,
    restrictions,
    standings,
    identity,
    requesters,
    revocations,
    devices,
    moderatorToken,
    access,
    oidc,
    log,
    onModeratorAttempt
  } = options
  const app = new Hono()
  const attempts = createModeratorAttempts(options.clock)

  /** @throws ChatError not-allowed, too-fast */
  function checkModerator(given: string, address: string) {
    const wait = attempts.wait(address)
    if (wait > 0) {
      onModeratorAttempt('too-fast')
      throw new ChatError('too-fast', wait)
    }
    if (isSecret(given, moderatorToken)) return onModeratorAttempt('ok')
    attempts.wrong(address)
    onModeratorAttempt('wrong')
    log.warn({ address }, 'a sign-in with a wrong moderator token was refused')
    throw new ChatError('not-allowed')
  }

  /** Why nobody becomes a new person with this. @throws ChatError too-fast after wrong guesses of the owner link */
  async function refusalOf(ticket: Ticket, address: string): Promise<ChatError | null> {
    const wait = ticket.owner === undefined ? 0 : attempts.wait(address)
    if (wait > 0) throw new ChatError('too-fast', wait)
    const refusal = await entry.refusal(ticket)
    if (ticket.owner !== undefined && refusal) attempts.wrong(address)
    return refusal
  }

  /** The id of a new person with this name. @throws ChatError too-fast when the address has too many new ones; as `Registry.signIn` */
  async function claimName(signIn: SignIn, address: string, refusal: ChatError | null): Promise<string> {
    const wait = chat.nameWait(address)
    if (wait > 0) throw new ChatError('too-fast', wait)
    const id = await registry.signIn(signIn, refusal)
    chat.nameClaimed(address)
    return id
  }

  const markByToken = (person: string, on: boolean) =>
    void standings
      .markByToken(person, on)
      .catch((cause: unknown) =>
        log.warn({ err: cause }, 'who moderates by MODERATOR_TOKEN has no mark, or still has one')
      )

  /** For the sign-in form. */
  function sayHowToComeIn(c: Context) {
    c.header(ACCESS_HEADER, access)
    if (oidc) c.header(OIDC_HEADER, encodeURIComponent(oidc.name))
  }

  // Without a token a new person; with one the same person, perhaps under a new name.
  app.post('/', async (c) => {
    const token = requesters.bearer(c)
    chat.spend(requesters.guest(c), token === undefined ? costs.signIn : costs.token)
    const session = token === undefined ? null : await identity.read(token)
    if (token !== undefined && !session) throw new ChatError('sign-in')
    if (!session) restrictions.checkAddress(requesters.guest(c).address)

    const body = await readBody(c, bodies.session)
    const name = cleanName(body.name)
    const { address } = requesters.guest(c)
    if (body.moderator !== undefined) checkModerator(body.moderator, address)
    const moderator = body.moderator !== undefined
    const signIn = { name, secret: body.secret, moderator: moderator || (session?.person.moderator ?? false) }

    const ticket = { invitation: body.invitation, owner: body.owner }
    const refusal = moderator ? null : await refusalOf(ticket, address)
    const id = session?.person.id ?? (await claimName(signIn, address, refusal))
    requesters.admit(c, id)
    const room = await entry.use(ticket, { id, name })
    if (session) await registry.rename(session.person, signIn)
    if (session && session.person.name !== name) chat.renamed(session.person.key, name)
    if (moderator) markByToken(id, true)
    const answer = await identity.issue(name, { moderator, id, ...(session && { session }) })
    const issued = await identity.verify(answer.token)
    // When this fails, it is unknown whether anything has changed.
    if (issued && session && session.person.name !== name)
      await revocations.revoke({ session: session.id, before: issued.issuedAt })
    if (issued && room !== null) await chat.enterInvited({ person: issued.person, name, address }, room)
    if (issued) devices.seen(issued, c.req.header('user-agent'))
    await requesters.setCookie(c, answer)
    return c.json(answer, 201)
  })

  app.get('/', async (c) => {
    chat.spend(requesters.guest(c), costs.event)
    const session = await requesters.session(c)
    sayHowToComeIn(c)
    // Our page asks when it is opened first. An error would stand in the browser's console.
    if (!session && c.req.header('authorization') === undefined) return c.json(null)
    if (!session) throw new ChatError('sign-in')
    const answer = await identity.issue(session.person.name, { session })
    await requesters.setCookie(c, answer)
    return c.json(answer)
  })

  app.delete('/', async (c) => {
    chat.spend(requesters.guest(c), costs.event)
    // A repeated sign-out gets the same answer: the first one may have ended the session here without being stored.
    const session = await requesters.signedIn(c)
    if (!session) throw new ChatError('sign-in')
    await revocations.ready()
    const before = revocations.revokedBefore(session.id)
    if (session.issuedAt < before && before < ALL_TOKENS) throw new ChatError('sign-in')
    await requesters.deleteCookie(c, session.person.id)
    sayHowToComeIn(c)
    if (before < ALL_TOKENS) chat.signOut(session.person.id, session.id)
    await devices.signOut(session)
    const { id } = session.person
    // Another device of the person goes on.
    if ((await devices.list(id, session.id)).length === 0 && (await registry.leave(id)))
      await Promise.all([chat.forgetReads(id), chat.forgetAlerts(id), standings.forget(id)])
    else if (session.hasModeratorToken) markByToken(id, false)
    return c.body(null, 204)
  })

  return app
}

/** Takes the same time for every guess. */
function isSecret(given: string, secret: string | null): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return secret !== null && timingSafeEqual(digest(given), digest(secret))
}
