// Ways to sign in as somebody whom the chat knows, besides the name: /api/session/passkey, /link and /oidc.
import { Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Accounts } from '../accounts/accounts.ts'
import type { Links } from '../accounts/links.ts'
import { ATTEMPT_MS, type Oidc, type Recognized, type Ticket } from '../accounts/oidc.ts'
import type { Passkeys } from '../accounts/passkeys.ts'
import type { Chat } from '../chat/chat.ts'
import { costs } from '../chat/costs.ts'
import { cleanName } from '../chat/rules.ts'
import { bodies } from '../contract.ts'
import { linkBody, passkeyBodies, type InvitedAnswer, type SignInWays } from '../contract/accounts.ts'
import { CeremonyFailed, ChatError, StoreUnavailable } from '../errors.ts'
import type { Entry } from '../people/entry.ts'
import type { Registry } from '../people/registry.ts'
import type { Restrictions } from '../people/restrictions.ts'
import type { Standings } from '../people/standings.ts'
import type { Log } from '../process/logger.ts'
import { payForBody, readBody } from './body.ts'
import { createSessionOpener, type OpenSessionDeps } from './open-session.ts'
import { siteOf } from './passkeys.ts'
import { ownPages } from './security.ts'

const OIDC_COOKIE = 'taifas-oidc'
const OIDC_PATH = '/api/session/oidc'
/** The link that follows a sign-in at the provider was made by none. */
const NO_SESSION = 'none'
/** Names that are tried, with suggestions. */
const NAMES_TRIED = 6
/** For somebody whose provider gives no name that can be used. */
const NO_NAME = 'Newcomer'

/** Who has come in, and the room of the invitation. */
interface Arrived {
  person: string
  room?: string | undefined
}

export interface WaysOptions extends OpenSessionDeps {
  chat: Chat
  registry: Registry
  entry: Entry
  restrictions: Pick<Restrictions, 'checkAddress'>
  standings: Pick<Standings, 'raise'>
  accounts: Accounts
  passkeys: Passkeys
  links: Links
  oidc: Oidc | null
  log: Pick<Log, 'error'>
}

export function ways(options: WaysOptions) {
  const { chat, registry, entry, restrictions, standings, requesters, accounts, passkeys, links, oidc, log } = options
  const open = createSessionOpener(options)
  const app = new Hono()
  // Not for all of them: the provider's page sends the browser to one.
  const guards = [ownPages(requesters), payForBody({ chat, requesters })] as const

  /** Again at each sign-in: it may have failed when the account was made. */
  const makeMember = (person: string) =>
    void standings
      .raise(person, 'member')
      .catch((cause: unknown) => log.error({ err: cause }, 'a person with an account is no member yet'))

  // The provider sends the browser back here, from its own site.
  app.get('/oidc/callback', async (c) => {
    const { address } = requesters.guest(c)
    const state = getCookie(c, OIDC_COOKIE) ?? ''
    deleteCookie(c, OIDC_COOKIE, { path: OIDC_PATH })
    try {
      chat.spend(requesters.guest(c), costs.ceremony)
      if (!oidc) throw new CeremonyFailed('expired')
      const recognized = await oidc.end(new URL(c.req.url).searchParams, state)
      const { person, room } = await personOf(recognized, address)
      makeMember(person)
      // A person who was signed in stays so; anybody else comes in by the page, which alone may set its cookie.
      return c.redirect(recognized.person === null ? `/#provider=${await links.create(person, NO_SESSION, room)}` : '/')
    } catch (cause) {
      if (!(cause instanceof ChatError || cause instanceof StoreUnavailable)) throw cause
      const why =
        cause instanceof CeremonyFailed ? cause.failure : cause instanceof ChatError ? cause.reason : 'unavailable'
      return c.redirect(`/#failed=${why}`)
    }
  })

  app.get('/ways', ...guards, (c) => {
    chat.spend(requesters.guest(c), costs.event)
    return c.json({ oidc: oidc?.name ?? null } satisfies SignInWays)
  })

  // With a session, the provider is added to the person's account.
  app.post('/oidc', ...guards, async (c) => {
    const session = requesters.bearer(c) === undefined ? null : await requesters.session(c)
    chat.spend({ person: session?.person ?? null, address: requesters.guest(c).address }, costs.ceremony)
    if (!oidc) throw new CeremonyFailed('provider-unavailable')
    const { url, state } = await oidc.begin(session?.person.id ?? null, await readBody(c, bodies.oidc))
    const secure = requesters.isHttps(c)
    setCookie(c, OIDC_COOKIE, state, {
      path: OIDC_PATH,
      httpOnly: true,
      sameSite: 'Lax',
      secure,
      maxAge: ATTEMPT_MS / 1_000
    })
    return c.json({ url })
  })

  app.post('/link', ...guards, async (c) => {
    chat.spend(requesters.guest(c), costs.ceremony)
    const { token } = await readBody(c, linkBody)
    const { person: id, room } = await links.take(token)
    const answer = await open(c, id, await registry.nameOf(id))
    if (room === null) return c.json(answer, 201)
    const { person } = answer
    await chat.enterInvited({ person, name: person.name, address: requesters.guest(c).address }, room)
    return c.json({ ...answer, room } satisfies InvitedAnswer, 201)
  })

  app.post('/passkey/options', ...guards, async (c) => {
    chat.spend(requesters.guest(c), costs.ceremony)
    return c.json(await passkeys.signInOptions(siteOf(c, requesters)))
  })

  app.post('/passkey', ...guards, async (c) => {
    chat.spend(requesters.guest(c), costs.ceremony)
    const id = await passkeys.signIn(siteOf(c, requesters), await readBody(c, passkeyBodies.used))
    makeMember(id)
    return c.json(await open(c, id, await registry.nameOf(id)), 201)
  })

  /**
   * The person who has the account with this subject, or a new one. @throws CeremonyFailed subject-taken; ChatError as a sign-in by name
   */
  async function personOf({ subject, names, person, ticket }: Recognized, address: string): Promise<Arrived> {
    const known = await accounts.bySubject(subject)
    if (person === null && known !== null) return { person: known, room: await use(ticket, known).catch(isOver) }
    const { person: id, room } = person === null ? await newPerson(names, address, ticket) : { person }
    try {
      await accounts.change(id, (account) => ({ ...account, subject }))
      return { person: id, room }
    } catch (cause) {
      // The same sign-in on another instance, at the same moment, was first. The name of this one is free again in ten minutes.
      const other = person === null ? await accounts.bySubject(subject) : null
      if (other === null) throw cause
      return { person: other, room }
    }
  }

  /** @returns the room that it leads to @throws ChatError invitation-over; StoreUnavailable */
  const use = async (ticket: Ticket, id: string) =>
    (await entry.use(ticket, { id, name: await registry.nameOf(id) })) ?? undefined

  /** @throws ChatError banned, invite-only, invitation-over, too-fast, name-taken */
  async function newPerson(names: readonly string[], address: string, ticket: Ticket): Promise<Arrived> {
    restrictions.checkAddress(address)
    const wait = chat.nameWait(address)
    if (wait > 0) throw new ChatError('too-fast', wait)
    const candidates = [...names.flatMap(usable), NO_NAME]
    for (let tries = 1; ; tries += 1) {
      try {
        const id = await registry.signIn(
          { name: candidates.shift() ?? NO_NAME, moderator: false },
          await entry.refusal(ticket)
        )
        chat.nameClaimed(address)
        // Before there is an account: nobody comes in later when the last place is gone now.
        return { person: id, room: await use(ticket, id) }
      } catch (cause) {
        const isName = cause instanceof ChatError && ['name-taken', 'name-reserved'].includes(cause.reason)
        if (!isName || tries === NAMES_TRIED) throw cause
        if (cause.suggestion !== undefined) candidates.unshift(cause.suggestion)
      }
    }
  }

  return app
}

/** Somebody whom the chat knows comes in all the same. */
function isOver(cause: unknown): undefined {
  if (!(cause instanceof ChatError)) throw cause
}

function usable(name: string): string[] {
  try {
    return [cleanName(name)]
  } catch {
    return []
  }
}
