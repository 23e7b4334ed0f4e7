// Is the app there, is it a Taifas, does it accept people, and does its page have the headers that protect it?
import { judge, messageOf } from './result.ts'
import type { Check, Run } from './run.ts'

const ANSWER_WITHIN_MS = 10_000

/** A part of each header of http/security.ts. */
const HEADERS: Record<string, string> = {
  'content-security-policy': "default-src 'none'",
  'permissions-policy': 'camera=()',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY'
}

export interface Live {
  region: string
  instance: string
  /** Of the web client; null on an instance that has just started. */
  build: string | null
}

export const get = (url: string | URL, headers: Record<string, string> = {}) =>
  fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })

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
  const answer = await get(new URL('/health/live', given)).catch((cause: unknown) => {
    throw new Error(`${given.origin} can't be reached: ${reasonOf(cause)}`)
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

/** fetch hides the cause. */
function reasonOf(cause: unknown): string {
  const hidden = cause instanceof Error ? (cause.cause as NodeJS.ErrnoException | undefined) : undefined
  return hidden?.message || hidden?.code || messageOf(cause)
}

export const page: Check = {
  title: 'page',
  async look({ url }) {
    const answer = await get(url)
    const size = (await answer.text()).length
    const wanted = { ...HEADERS, ...(url.startsWith('https:') && { 'strict-transport-security': 'max-age=' }) }
    const missing = Object.entries(wanted).filter(([name, part]) => !answer.headers.get(name)?.includes(part))
    return judge(`${size.toLocaleString('en')} characters`, `${Object.keys(wanted).length} headers protect it`, [
      ...(answer.ok ? [] : [`the page gives ${answer.status}`]),
      ...missing.map(([name, part]) => `${name} lacks "${part}": ${answer.headers.get(name) ?? 'no such header'}`)
    ])
  }
}

export const ready: Check = {
  title: 'ready',
  async look({ regions }) {
    const faults = await Promise.all(
      regions.map(async ({ name, proxy }) => {
        const answer = await get(`${proxy.url}/health/ready`)
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
