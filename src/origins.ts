// The origin of a request decides what it may do, over HTTP and over Socket.IO.
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { parse } from 'hono/utils/cookie'

/**
 * - `own`: our own page; it may use the cookie and the native protocol.
 * - `guest`: a page of an allowed origin; a guest in the lobby, whose cookie is ignored.
 * - `program`: not a page (no Origin); a guest, or a person with a token.
 * - `refused`: a page of any other origin, or of an unknown host name.
 */
export type Standing = 'own' | 'guest' | 'program' | 'refused'

/** The headers in which a browser names the page that sends a request, and the host that gets it. */
export type OriginHeaders = Pick<IncomingHttpHeaders, 'origin' | 'host' | 'sec-fetch-site'>

export interface Origins {
  standing(headers: OriginHeaders): Standing
  /**
   * - `own`: people may open our page under this host. With a public origin that includes private names, as a proxy may write them.
   * - `private`: programs may use it: a name without a dot, or of Fly's private network. No public DNS server answers for it.
   * - `foreign`: anybody may have pointed this name at our address (DNS rebinding), so only health checks are served under it.
   */
  host(host: string | undefined): 'own' | 'private' | 'foreign'
}

/**
 * @param options.publicOrigin null: our own pages are at loopback names, IP addresses and `<app>.fly.dev`
 * @param options.allowed `loopback`: this computer's own names, on any port
 * @param options.app name of the app on Fly, whose proxy routes `<app>.fly.dev` to no other app
 */
export function createOrigins(options: {
  publicOrigin: string | null
  allowed: readonly string[] | 'loopback'
  app?: string | null
  /** A page of this origin was refused. */
  onRefused?(origin: string, host: string | undefined): void
}): Origins {
  const { publicOrigin, allowed, app = null, onRefused } = options
  const guests = new Set(allowed === 'loopback' ? [] : allowed)

  const publicName = publicOrigin === null ? null : new URL(publicOrigin).hostname

  function host(header: string | undefined) {
    if (header === undefined) return 'own'
    const name = parsed(`http://${header}`)?.hostname ?? ''
    if (isLoopback(name) || isAddress(name) || name === `${app}.fly.dev` || name === publicName) return 'own'
    if (!PRIVATE_NAME.test(name)) return 'foreign'
    return publicOrigin === null ? 'private' : 'own'
  }

  function standing({ origin, host: header, 'sec-fetch-site': site }: OriginHeaders): Standing {
    const to = host(header)
    // With a public origin the Origin header alone decides: a trusted proxy may write anything into Host.
    if (to === 'foreign' && publicOrigin === null) return 'refused'
    // A browser omits Origin for script tags, images and links of other pages, and sends Sec-Fetch-Site.
    if (origin === undefined) return site === 'cross-site' || site === 'same-site' ? 'refused' : 'program'
    const url = parsed(origin)
    // "null" (a sandboxed frame, a file) is not a URL and belongs to nobody.
    if (!url || url.origin !== origin.toLowerCase()) return 'refused'
    if (publicOrigin === null ? to === 'own' && url.host === header?.toLowerCase() : url.origin === publicOrigin)
      return site === 'cross-site' ? 'refused' : 'own'
    if (guests.has(url.origin) || (allowed === 'loopback' && isLoopback(url.hostname))) return 'guest'
    onRefused?.(url.origin, header)
    return 'refused'
  }

  return { host, standing }
}

/** The same few hosts and origins come with every request. */
const urls = new Map<string, URL | null>()
const URLS_MAX = 100

function parsed(text: string): URL | null {
  const known = urls.get(text)
  if (known !== undefined) return known
  if (urls.size >= URLS_MAX) urls.clear()
  const url = URL.parse(text)
  urls.set(text, url)
  return url
}

const PRIVATE_NAME = /^[^.]+$|\.(internal|flycast)$/
const isLoopback = (name: string) =>
  name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name)
const isAddress = (name: string) => isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0

/** The names of the session cookie: the first over HTTPS, the second over plain HTTP on a laptop. */
export const SESSION_COOKIES = ['__Host-taifas', 'taifas'] as const

/**
 * The token in the session cookie, if there is one. Over HTTPS only the `__Host-` cookie counts, which neither another subdomain nor a
 * plain HTTP page of the same host can set.
 */
export function cookieToken(header: string | undefined, isHttps: boolean): string | undefined {
  const cookies = parse(header ?? '')
  const [secure, plain] = SESSION_COOKIES
  return isHttps ? cookies[secure] : (cookies[plain] ?? cookies[secure])
}
