// Where a request comes from decides what it may do. Both doors, HTTP and Socket.IO, ask here.
import type { IncomingHttpHeaders } from 'node:http'
import { parse } from 'hono/utils/cookie'

/**
 * - `own`: a page of ours: may use the cookie and speak native.
 * - `guest`: a page of somebody we let in: a guest of the lobby, cookie ignored.
 * - `program`: no page at all (no Origin): a guest, or brings a token.
 * - `refused`: a page of a stranger.
 */
export type Standing = 'own' | 'guest' | 'program' | 'refused'

export interface Origins {
  standing(headers: Pick<IncomingHttpHeaders, 'origin' | 'host'>): Standing
}

/** `publicOrigin` null: the Host header says what is ours. `allowed` 'loopback': this computer's own names, on any port. */
export function createOrigins({
  publicOrigin,
  allowed
}: {
  publicOrigin: string | null
  allowed: readonly string[] | 'loopback'
}): Origins {
  const guests = new Set(allowed === 'loopback' ? [] : allowed)
  return {
    standing({ origin, host }) {
      if (origin === undefined) return 'program'
      const url = URL.parse(origin)
      // "null" (a sandboxed frame, a file) parses to nothing and is nobody's.
      if (!url || url.origin !== origin.toLowerCase()) return 'refused'
      if (publicOrigin ? url.origin === publicOrigin : url.host === host?.toLowerCase()) return 'own'
      if (guests.has(url.origin) || (allowed === 'loopback' && isLoopback(url.hostname))) return 'guest'
      return 'refused'
    }
  }
}

const isLoopback = (name: string) =>
  name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name)

/** The address that limits count by. Only Fly's proxy may name another than the wire's: anyone else could say anything. */
export function addressOf(headers: IncomingHttpHeaders, wire: string | undefined, behindFly: boolean): string {
  const named = behindFly ? headers['fly-client-ip'] : undefined
  return (typeof named === 'string' && named) || wire || 'unknown'
}

/** The names our session cookie may have: the first where the page came by https, the second on a plain http laptop. */
export const SESSION_COOKIES = ['__Host-taifas', 'taifas'] as const

/** The token in the session cookie, if there is one. */
export function cookieToken(header: string | undefined): string | undefined {
  const cookies = parse(header ?? '')
  return cookies[SESSION_COOKIES[0]] ?? cookies[SESSION_COOKIES[1]]
}
