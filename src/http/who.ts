// Who asks over HTTP: where its page comes from, whose token it brings, and what the cookie is good for.
import type { Context } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import type { Caller, Chat } from '../chat/chat.ts'
import { costs } from '../chat/costs.ts'
import type { SessionAnswer } from '../contract.ts'
import type { Identity, Session } from '../identity.ts'
import { SESSION_COOKIES, cookieToken, type Origins, type Standing } from '../origins.ts'

const [SECURE_COOKIE, PLAIN_COOKIE] = SESSION_COOKIES
/** What Sec-Fetch-Site says of a request without Origin that a page of ours or the address bar made; older browsers say nothing. */
const OURS: ReadonlySet<string | undefined> = new Set([undefined, 'same-origin', 'none'])

export interface RequestersOptions {
  chat: Pick<Chat, 'spend'>
  identity: Identity
  origins: Origins
  /** The address that limits count by. */
  clientAddress(c: Context): string
}

export type Requesters = ReturnType<typeof createRequesters>

export function createRequesters({ chat, identity, origins, clientAddress }: RequestersOptions) {
  const read = async (token: string | undefined) => (token === undefined ? null : identity.read(token))

  const standing = (c: Context): Standing =>
    origins.standing({
      origin: c.req.header('origin'),
      host: c.req.header('host'),
      'sec-fetch-site': c.req.header('sec-fetch-site')
    })

  const isHttps = (c: Context): boolean => origins.isHttps({ 'x-forwarded-proto': c.req.header('x-forwarded-proto') })

  /** With the `__Host-` prefix where browsers accept it: no neighbouring subdomain can plant that cookie. */
  const cookieName = (c: Context) => (isHttps(c) ? SECURE_COOKIE : PLAIN_COOKIE)
  const cookieOptions = (c: Context) => ({ path: '/', httpOnly: true, sameSite: 'Lax', secure: isHttps(c) }) as const

  function mayUseCookie(c: Context) {
    const from = standing(c)
    return from === 'own' || (from === 'program' && OURS.has(c.req.header('sec-fetch-site')))
  }

  /** Pages of others are guests, whatever token they hold. */
  const mayUseToken = (c: Context) => ['own', 'program'].includes(standing(c))

  function bearer(c: Context): string | undefined {
    return mayUseToken(c) ? /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1] : undefined
  }

  function cookie(c: Context): string | undefined {
    return mayUseCookie(c) ? cookieToken(c.req.header('cookie'), isHttps(c)) : undefined
  }

  return {
    standing,
    isHttps,

    /** The token a tab or program brings itself. */
    bearer,

    /**
     * Whose token it brings, or else whose cookie the browser sends. A bad token is not made good by the cookie.
     * @throws ChatError too-fast, before it verifies a token of an address that has used up its budget
     */
    async session(c: Context): Promise<Session | null> {
      const token = bearer(c) ?? cookie(c)
      if (token !== undefined) chat.spend(this.guest(c), costs.token)
      return read(token)
    },

    /** As `session`, for one whose token may be revoked. */
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

    /** The guest that anybody is to the borrowed protocol, whatever tokens and cookies come along. */
    guest: (c: Context, name = ''): Caller => ({ person: null, name, address: clientAddress(c) }),

    /** Leaves the token with a browser, not with a program. A tab that goes on as somebody else than the cookie names leaves it alone. */
    async keepCookie(c: Context, { person, token, expiresAt }: SessionAnswer) {
      const held = cookie(c)
      if (standing(c) !== 'own' && held === undefined) return
      const named = bearer(c) === undefined ? null : await read(held)
      if (named && named.person.id !== person.id) return
      const maxAge = Math.max(0, Math.floor((expiresAt - Date.now()) / 1_000))
      setCookie(c, cookieName(c), token, { ...cookieOptions(c), maxAge })
    },

    /** Takes the cookie back if it is this person's. */
    async dropCookie(c: Context, personId: string) {
      const held = cookie(c)
      if (held === undefined) return
      // It may be revoked already.
      if ((await identity.verify(held))?.person.id === personId) deleteCookie(c, cookieName(c), cookieOptions(c))
    }
  }
}
