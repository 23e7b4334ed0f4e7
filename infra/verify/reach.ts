// Is it there, is it a Taifas, does it want visitors, and does its page come as it should?
import { judged, sentenceOf, type Finding } from './finding.ts'
import type { Check, Visit } from './visit.ts'

const ANSWER_WITHIN_MS = 10_000

/** What each answer must say, at least; see http/security.ts. */
const HEADERS: Record<string, string> = {
  'content-security-policy': "default-src 'none'",
  'permissions-policy': 'camera=()',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY'
}

/** What a machine says of itself. */
export interface Live {
  region: string
  instance: string
  /** Of the web client; null from one that has just been woken and doesn't know it yet. */
  build: string | null
}

export const get = (url: string | URL, headers: Record<string, string> = {}) =>
  fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })

/** Null when it isn't a Taifas that answers. */
export async function liveOf(answer: Response): Promise<Live | null> {
  const said = (await answer.json().catch(() => null)) as Partial<Live> | null
  const { region, instance, build = null } = said ?? {}
  return answer.ok && region && instance ? { region, instance, build } : null
}

/** Where it is at last, after redirects. @throws a sentence for whoever has given the address */
export async function arrive(address: string): Promise<Pick<Visit, 'url' | 'behindFly' | 'guestsAllowed'>> {
  const given = URL.parse(address)
  if (!given || !/^https?:$/.test(given.protocol))
    throw new Error(`"${address}" is not an address; say it like https://your-app.fly.dev`)
  const answer = await get(new URL('/health/live', given)).catch((cause: unknown) => {
    throw new Error(`${given.origin} can't be reached: ${reasonOf(cause)}`)
  })
  const url = new URL(answer.url).origin
  if (!(await liveOf(answer)))
    throw new Error(
      `${url} answers, but it is no Taifas: GET /health/live gave ${answer.status} and not region and instance. ` +
        'Of `npm run world`, give the address of a region, such as http://localhost:4001.'
    )
  const lobby = await get(new URL('/api/messages?limit=1', url))
  return { url, behindFly: answer.headers.has('fly-request-id'), guestsAllowed: lobby.status !== 404 }
}

/** Fetch hides the cause. */
const reasonOf = (cause: unknown) =>
  cause instanceof Error && cause.cause instanceof Error
    ? cause.cause.message || (cause.cause as NodeJS.ErrnoException).code || cause.message
    : sentenceOf(cause)

/** In every region. */
export const ready: Check = {
  title: 'ready',
  async look({ regions }): Promise<Finding> {
    const answers = await Promise.all(
      regions.map(async ({ name, way }) => {
        const answer = await get(`${way.url}/health/ready`)
        const { details = {} } = (await answer.json()) as { details?: Record<string, unknown> }
        return [
          ...(answer.ok ? [] : [`${name} gives ${answer.status}, so it gets nobody new`]),
          ...(details['hears'] === false ? [`${name} doesn't hear itself by way of Redis`] : []),
          ...(details['presence'] === 'stale' ? [`${name} is not sure who is here: Redis doesn't answer it`] : [])
        ]
      })
    )
    return judged(
      `/health/ready of ${regions.length} regions`,
      'they want visitors, and Redis answers them',
      answers.flat()
    )
  }
}

export const page: Check = {
  title: 'page',
  async look({ url }): Promise<Finding> {
    const answer = await get(url)
    const size = (await answer.text()).length
    const wanted = { ...HEADERS, ...(url.startsWith('https:') && { 'strict-transport-security': 'max-age=' }) }
    const missing = Object.entries(wanted).filter(([name, part]) => !answer.headers.get(name)?.includes(part))
    const complaints = [
      ...(answer.ok ? [] : [`the page gives ${answer.status}`]),
      ...missing.map(([name, part]) => `its ${name} lacks "${part}": ${answer.headers.get(name) ?? 'no such header'}`)
    ]
    const count = Object.keys(wanted).length
    return judged(`${size.toLocaleString('en')} characters`, `${count} headers protect it`, complaints)
  }
}
