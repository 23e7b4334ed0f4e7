// Where a request comes from decides what it may do. HTTP and Socket.IO both ask here.
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { parse } from 'hono/utils/cookie'

/**
 * - `own`: a page of ours: may use the cookie and speak native.
 * - `guest`: a page of an allowed origin: a guest of the lobby, cookie ignored.
 * - `program`: no other page (no Origin): a guest, or brings a token.
 * - `refused`: a page of a stranger, or a page that reached us under a host name that is not ours.
 */
export type Standing = 'own' | 'guest' | 'program' | 'refused'

/** The headers by which a browser says which page sends a request, and to whom. */
export type OriginHeaders = Pick<IncomingHttpHeaders, 'origin' | 'host' | 'sec-fetch-site'>

export interface Origins {
  standing(headers: OriginHeaders): Standing
  /**
   * - `own`: our pages may be opened under this Host.
   * - `private`: programs may use it: a name without a dot, or of Fly's private network. No public DNS server answers for it.
   * - `foreign`: anybody may have pointed this name at our address (DNS rebinding), so nothing but health is served under it.
   */
  host(host: string | undefined): 'own' | 'private' | 'foreign'
  /** Over TLS as the browser sees it. Believing a forged header here harms only the one who forged it. */
  isHttps(headers: IncomingHttpHeaders): boolean
}

/**
 * @param options.publicOrigin null: our own pages are those of loopback names, IP addresses and `<app>.fly.dev`
 * @param options.allowed `loopback`: this computer's own names, on any port
 * @param options.app name of the app on Fly, whose proxy routes `<app>.fly.dev` to no other app
 */
export function createOrigins(options: {
  publicOrigin: string | null
  allowed: readonly string[] | 'loopback'
  app?: string | null
}): Origins {
  const { publicOrigin, allowed, app = null } = options
  const guests = new Set(allowed === 'loopback' ? [] : allowed)

  function host(header: string | undefined) {
    // With a public origin the Origin header alone decides: a proxy may write anything into Host.
    if (publicOrigin !== null || header === undefined) return 'own'
    const name = URL.parse(`http://${header}`)?.hostname ?? ''
    if (isLoopback(name) || isAddress(name) || name === `${app}.fly.dev`) return 'own'
    return PRIVATE_NAME.test(name) ? 'private' : 'foreign'
  }

  function standing({ origin, host: header, 'sec-fetch-site': site }: OriginHeaders): Standing {
    const to = host(header)
    if (to === 'foreign') return 'refused'
    // A browser leaves Origin out of script tags, images and links of other pages, and says so here.
    if (origin === undefined) return site === 'cross-site' || site === 'same-site' ? 'refused' : 'program'
    const url = URL.parse(origin)
    // "null" (a sandboxed frame, a file) parses to nothing and is nobody's.
    if (!url || url.origin !== origin.toLowerCase()) return 'refused'
    if (publicOrigin === null ? to === 'own' && url.host === header?.toLowerCase() : url.origin === publicOrigin)
      return site === 'cross-site' ? 'refused' : 'own'
    if (guests.has(url.origin) || (allowed === 'loopback' && isLoopback(url.hostname))) return 'guest'
    return 'refused'
  }

  function isHttps({ 'x-forwarded-proto': protocols = '' }: IncomingHttpHeaders) {
    const [protocol = ''] = String(protocols).split(',')
    return publicOrigin?.startsWith('https:') === true || protocol.trim() === 'https'
  }

  return { host, standing, isHttps }
}

const PRIVATE_NAME = /^[^.]+$|\.(internal|flycast)$/
const isLoopback = (name: string) =>
  name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name)
const isAddress = (name: string) => isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0

/** The names our session cookie may have: the first where the page came by https, the second on a plain http laptop. */
export const SESSION_COOKIES = ['__Host-taifas', 'taifas'] as const

/**
 * The token in the session cookie, if there is one. Over HTTPS only the cookie counts that no neighbouring subdomain and no plain
 * HTTP page of the same host can set.
 */
export function cookieToken(header: string | undefined, isHttps: boolean): string | undefined {
  const cookies = parse(header ?? '')
  const [secure, plain] = SESSION_COOKIES
  return isHttps ? cookies[secure] : (cookies[plain] ?? cookies[secure])
}
