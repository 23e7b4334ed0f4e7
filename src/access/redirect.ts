// A person who opens the page at another address than PUBLIC_ORIGIN could not sign in there. The browser is sent to PUBLIC_ORIGIN.
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Paths of programs and health checks, which never follow a redirect. */
const NOT_PAGES = /^\/(api|socket\.io|health|metrics)(\/|\?|$)/
/**
 * Remembers the redirect for a moment. Behind a proxy that does not forward Host, each answer of PUBLIC_ORIGIN itself would be another
 * redirect; a browser that comes again with this cookie gets the page.
 */
const COOKIE = 'taifas-redirected'
const COOKIE_SECONDS = 10

/** Where to open the page instead, for a browser that opens it at another host; else null. */
export function redirectFor(
  { method, url = '', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  publicOrigin: string | null
): string | null {
  if (publicOrigin === null || method !== 'GET' || !url.startsWith('/') || NOT_PAGES.test(url)) return null
  if (!headers.accept?.includes('text/html') || headers.cookie?.includes(`${COOKIE}=`)) return null
  // The scheme's own port may be written out or left out.
  const [opened, own] = [URL.parse(publicOrigin.replace(/\/\/.*/, `//${headers.host}`)), URL.parse(publicOrigin)]
  return headers.host === undefined || opened?.host === own?.host ? null : publicOrigin + url
}

/** Answers with the redirect. */
export function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, {
    location,
    'cache-control': 'no-store',
    'set-cookie': `${COOKIE}=1; Path=/; Max-Age=${COOKIE_SECONDS}; HttpOnly; SameSite=Lax`
  })
  response.end()
}
