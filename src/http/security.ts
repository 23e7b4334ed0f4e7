// Security headers for every answer, CORS for pages of guests, and a guard against cross-site requests.
import type { MiddlewareHandler } from 'hono'
import type { Clock } from '../clock.ts'
import { ChatError } from '../errors.ts'
import type { Requesters } from './requesters.ts'

/** Browsers insist on HTTPS for this long. It is short on the first day, when an operator may find that HTTPS does not work. */
const HSTS_SECONDS = 63_072_000
const HSTS_FIRST_DAY_SECONDS = 3_600
const DAY_MS = 86_400_000
/** How long a browser may remember the answer to a preflight. */
const PREFLIGHT_SECONDS = 600

/**
 * No inline script or style anywhere, no HTML from strings, no other host. `connect-src 'self'` covers the WebSocket of the same origin.
 * Two policies make the addresses of the two workers, and nothing else: `trusted-types 'none'` would forbid to register a worker at all,
 * because `register` takes nothing but a TrustedScriptURL then.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types worker push'
].join('; ')

const UNUSED_FEATURES = [
  'accelerometer',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'usb',
  'xr-spatial-tracking'
]

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'Permissions-Policy': UNUSED_FEATURES.map((feature) => `${feature}=()`).join(', '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'X-Frame-Options': 'DENY'
}

const isReading = (method: string) => method === 'GET' || method === 'HEAD'

/** Adds headers to every answer, refusals and files included. An answer without Cache-Control is not stored. */
export function securityHeaders(options: {
  publicOrigin: string | null
  clock: Pick<Clock, 'now'>
}): MiddlewareHandler {
  const { publicOrigin, clock } = options
  const startedAt = clock.now()
  const hstsSeconds = () => (clock.now() - startedAt < DAY_MS ? HSTS_FIRST_DAY_SECONDS : HSTS_SECONDS)
  return async (c, next) => {
    await next()
    const { headers } = c.res
    for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value)
    headers.set(
      'Cross-Origin-Resource-Policy',
      headers.has('Access-Control-Allow-Origin') ? 'cross-origin' : 'same-origin'
    )
    if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store')
    if (publicOrigin?.startsWith('https:')) headers.set('Strict-Transport-Security', `max-age=${hstsSeconds()}`)
  }
}

/** Allows pages of guests these methods, without credentials. Pages of other origins can neither change anything nor read the answer. */
export function guestCors({ standing }: Pick<Requesters, 'standing'>, methods: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const from = standing(c)
    c.header('Vary', 'Origin', { append: true })
    if (from === 'own' || from === 'guest') {
      c.header('Access-Control-Allow-Origin', c.req.header('origin'))
      c.header('Access-Control-Expose-Headers', 'Retry-After')
    }
    if (from === 'refused' && !isReading(c.req.method)) throw new ChatError('not-allowed')
    if (c.req.method !== 'OPTIONS') return next()
    c.header('Access-Control-Allow-Methods', methods.join(', '))
    c.header('Access-Control-Allow-Headers', 'Content-Type, Authorization')
    c.header('Access-Control-Max-Age', String(PREFLIGHT_SECONDS))
    return c.body(null, 204)
  }
}

/** Against forged requests: only our own pages and programs may change anything; pages of unknown origins may not even read. */
export function ownPages({ standing }: Pick<Requesters, 'standing'>): MiddlewareHandler {
  return (c, next) => {
    const from = standing(c)
    const crossSite = from === 'guest' || c.req.header('sec-fetch-site') === 'cross-site'
    if (from === 'refused' || (crossSite && !isReading(c.req.method))) throw new ChatError('not-allowed')
    return next()
  }
}
