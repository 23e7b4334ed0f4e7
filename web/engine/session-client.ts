// Requests to /api/session, for the page and for programs.
import { exactReason, type Reason, type Reply, type SessionAnswer } from '../../src/contract.ts'

const TIMEOUT_MS = 10_000
/** Half of the 30 days that a session lasts unless it is used. */
const RENEW_BEFORE_MS = 15 * 86_400_000
const RENEW_CHECK_MS = 86_400_000

/** Whether less than half of the token's life is left: then its next use renews it. */
export const needsRenewal = ({ expiresAt = 0 }: Partial<SessionAnswer>) => expiresAt - Date.now() < RENEW_BEFORE_MS

/** Renews once a day what `token` renews: a page or program may be connected for weeks without a handshake. Returns what ends it. */
export function renewDaily(token: () => Promise<unknown>): () => void {
  const timer: ReturnType<typeof setInterval> | number = setInterval(() => void token(), RENEW_CHECK_MS)
  // In Node it must not keep the program alive.
  if (typeof timer === 'object') timer.unref()
  return () => clearInterval(timer)
}

type Fetch = (path: string, init: RequestInit) => Promise<Response>
export interface RequestParts {
  token?: string | undefined
  body?: object | undefined
  timeoutMs?: number
}

/** One request about the own session. Null means an empty answer. */
export const requestSession = (fetch: Fetch, method: 'GET' | 'POST' | 'DELETE', token?: string, body?: object) =>
  request<SessionAnswer | null>(fetch, method, '/api/session', { token, body })

/** One request. Never rejects: without an answer in time it is `unavailable`. */
export async function request<Answer>(
  fetch: Fetch,
  method: string,
  path: string,
  { token, body, timeoutMs = TIMEOUT_MS }: RequestParts = {}
): Promise<Reply<Answer>> {
  try {
    const response = await fetch(path, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` })
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs)
    })
    if (response.ok) {
      return {
        ok: true,
        value: response.status === 204 ? (null as Answer) : ((await response.json()) as Answer)
      }
    }
    const refusal = (await response.json()) as { reason?: Reason; detail?: Reason; suggestion?: string }
    const { reason = 'fault', detail, suggestion } = refusal
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    return {
      ok: false,
      reason: exactReason({ reason, ...(detail && { detail }) }),
      ...(detail && { detail }),
      ...(seconds > 0 && { retryAfterMs: seconds * 1_000 }),
      ...(suggestion !== undefined && { suggestion })
    }
  } catch {
    return { ok: false, reason: 'unavailable' }
  }
}
