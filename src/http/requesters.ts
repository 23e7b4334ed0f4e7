// Who sends an HTTP request: the origin of its page, its token or cookie, and what it may therefore do.
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import type { Proxies } from '../access/proxies.ts'
import type { Caller, Chat } from '../chat/chat.ts'
import { costs } from '../chat/costs.ts'
import type { SessionAnswer } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { Identity, Session } from '../identity.ts'
import type { Restrictions } from '../people/restrictions.ts'
import type { Registry } from '../people/registry.ts'
import type { Devices } from '../sessions/devices.ts'
import { SESSION_COOKIES, cookieToken, type Origins, type Standing } from '../origins.ts'

const [SECURE_COOKIE, PLAIN_COOKIE] = SESSION_COOKIES
/** Sec-Fetch-Site of a request without Origin from our own page or the address bar; older browsers send none. */
const OWN_SITES: ReadonlySet<string | undefined> = new Set([undefined, 'same-origin', 'none'])

const incoming = (c: Context) => (c.env as HttpBindings).incoming

export interface RequestersOptions {
  chat: Pick<Chat, 'spend'>
  identity: Identity
  origins: Pick<Origins, 'standing'>
  proxies: Pick<Proxies, 'addressOf' | 'isHttps'>
  registry: Pick<Registry, 'seen'>
  devices: Pick<Devices, 'seen'>
  restrictions: Pick<Restrictions, 'admit'>
}

export type Requesters = ReturnType<typeof createRequesters>

export function createRequesters({
  chat,
  identity,
  origins,
  proxies,
  registry,
  devices,
  restrictions
}: RequestersOptions) {
  const read = async (token: string | undefined) => (token === undefined ? null : identity.read(token))

  function seen(c: Context, session: Session) {
    registry.seen(session.person)
    devices.seen(session, c.req.header('user-agent'))
  }

  const standing = (c: Context): Standing =>
    origins.standing({
      origin: c.req.header('origin'),
      host: c.req.header('host'),
      'sec-fetch-site': c.req.header('sec-fetch-site')
    })

  const isHttps = (c: Context) => proxies.isHttps(incoming(c))
  const clientAddress = (c: Context) => proxies.addressOf(incoming(c))

  /** With the `__Host-` prefix where browsers accept it: no other subdomain can set that cookie. */
  const cookieName = (c: Context) => (isHttps(c) ? SECURE_COOKIE : PLAIN_COOKIE)
  const cookieOptions = (c: Context) => ({ path: '/', httpOnly: true, sameSite: 'Lax', secure: isHttps(c) }) as const

  function mayUseCookie(c: Context) {
    const from = standing(c)
    return from === 'own' || (from === 'program' && OWN_SITES.has(c.req.header('sec-fetch-site')))
  }

  /** A page of another origin is a guest, whatever token it has. */
  const mayUseToken = (c: Context) => ['own', 'program'].includes(standing(c))

  function bearer(c: Context): string | undefined {
    return mayUseToken(c) ? /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1] : undefined
  }

  function cookie(c: Context): string | undefined {
    return mayUseCookie(c) ? cookieToken(c.req.header('cookie'), isHttps(c)) : undefined
  }

  /** @throws ChatError banned */
  const admit = (c: Context, person: string) => restrictions.admit(person, clientAddress(c))

  return {
    standing,
    admit,
    isHttps,

    /** The token in the Authorization header. */
    bearer,

    /**
     * The session of the token, or else of the cookie. With an invalid token the cookie is ignored.
     * @throws ChatError too-fast, before a token is verified, when the address has used up its budget; banned
     */
    async session(c: Context): Promise<Session | null> {
      const token = bearer(c) ?? cookie(c)
      if (token !== undefined) chat.spend(this.guest(c), costs.token)
      const session = await read(token)
      if (session) admit(c, session.person.id)
      if (session) seen(c, session)
      return session
    },

    /** As `session`, also when it is revoked. */
    async signedIn(c: Context): Promise<Session | null> {
      const token = bearer(c) ?? cookie(c)
      if (token === undefined) return null
      chat.spend(this.guest(c), costs.token)
      return identity.verify(token)
    },

    async caller(c: Context): Promise<Caller> {
      const person = (await this.session(c))?.person ?? null
      return { person, name: person?.name ?? '', address: clientAddress(c) }
    },

    /** The caller of a request that only people may make. @throws ChatError sign-in, and as `session` */
    async person(c: Context): Promise<Caller> {
      const caller = await this.caller(c)
      if (!caller.person) throw new ChatError('sign-in')
      return caller
    },

    /** The session of a person, who pays for the request. @throws ChatError sign-in, too-fast, and as `session` */
    async paying(c: Context, cost: number = costs.event): Promise<Session> {
      const session = await this.session(c)
      if (!session) throw new ChatError('sign-in')
      chat.spend({ person: session.person, address: clientAddress(c) }, cost)
      return session
    },

    /** The requester as a guest, whatever its token and cookie. */
    guest: (c: Context, name = ''): Caller => ({ person: null, name, address: clientAddress(c) }),

    /** Sets the cookie for a browser, not for a program. A tab of another person than the cookie's leaves it as it is. */
    async setCookie(c: Context, { person, token, expiresAt }: SessionAnswer) {
      const stored = cookie(c)
      if (standing(c) !== 'own' && stored === undefined) return
      const named = bearer(c) === undefined ? null : await read(stored)
      if (named && named.person.id !== person.id) return
      const maxAge = Math.max(0, Math.floor((expiresAt - Date.now()) / 1_000))
      setCookie(c, cookieName(c), token, { ...cookieOptions(c), maxAge })
    },

    /** Deletes the cookie if it belongs to this person. */
    async deleteCookie(c: Context, personId: string) {
      const token = cookie(c)
      if (token === undefined) return
      // Its session may be revoked already.
      if ((await identity.verify(token))?.person.id === personId) deleteCookie(c, cookieName(c), cookieOptions(c))
    }
  }
}
