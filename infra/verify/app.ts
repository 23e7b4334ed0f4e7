// Is the app there, is it a Taifas, does it accept people, and does it serve its page?
import { judge } from './result.ts'
import type { Check, Run } from './run.ts'

const ANSWER_WITHIN_MS = 10_000

export interface Live {
  region: string
  instance: string
  /** Of the web client; null on an instance that has just started. */
  build: string | null
}

export const get = (url: string | URL, headers: Record<string, string> = {}) =>
  fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })

/** How many people the app counts; null when it says that to people with a session only. */
export async function countOf(url: string): Promise<number | null> {
  const answer = await get(`${url}/api/presence`)
  if (answer.status === 401) return null
  return ((await answer.json()) as { everywhere: { count: number } }).everywhere.count
}

/** Null when the answer is not from a Taifas. */
export async function liveOf(answer: Response): Promise<Live | null> {
  const body = (await answer.json().catch(() => null)) as Partial<Live> | null
  const { region, instance, build = null } = body ?? {}
  return answer.ok && region && instance ? { region, instance, build } : null
}

/** Follows redirects. @throws a sentence for the operator */
export async function findApp(address: string): Promise<Pick<Run, 'url' | 'guestsAllowed'>> {
  const given = URL.parse(address)
  if (!given || !/^https?:$/.test(given.protocol))
    throw new Error(`"${address}" is not an address; write it like https://your-app.fly.dev`)
  const answer = await get(new URL('/health/live', given)).catch((cause: Error & { cause?: NodeJS.ErrnoException }) => {
    // fetch hides the reason.
    throw new Error(`${given.origin} can't be reached: ${cause.cause?.message || cause.cause?.code || cause.message}`)
  })
  const url = new URL(answer.url).origin
  if (!(await liveOf(answer)))
    throw new Error(
      `${url} answers, but it is not a Taifas: GET /health/live gave ${answer.status} without region and instance. ` +
        'For `npm run world`, give the address of a region, such as http://localhost:4001.'
    )
  const lobby = await get(new URL('/api/messages?limit=1', url))
  return { url, guestsAllowed: lobby.status !== 404 }
}

export const page: Check = {
  title: 'page',
  async look({ url }) {
    const answer = await get(url)
    // A proxy in front of the app could drop it.
    const isProtected = answer.ok && answer.headers.get('content-security-policy')?.includes("default-src 'none'")
    const faults = isProtected ? [] : ['no page with a content security policy']
    return judge(`GET / gives ${answer.status}`, 'protected by its content security policy', faults)
  }
}

export const ready: Check = {
  title: 'ready',
  async look({ regions }) {
    const faults = await Promise.all(
      regions.map(async ({ name, url }) => {
        const answer = await get(`${url}/health/ready`)
        const { details = {} } = (await answer.json()) as { details?: Record<string, unknown> }
        return [
          ...(answer.ok ? [] : [`${name} gives ${answer.status}: it accepts no new people`]),
          ...(details['hears'] === false ? [`${name} does not receive its own bus messages from Redis`] : []),
          ...(details['presence'] === 'stale' ? [`${name} can't read presence: Redis does not answer`] : [])
        ]
      })
    )
    return judge(`/health/ready of ${regions.length} regions`, 'they accept people, and Redis answers', faults.flat())
  }
}
