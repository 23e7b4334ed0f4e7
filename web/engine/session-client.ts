// Requests to /api/session, for the page and for programs.
import type { Reason, Reply, SessionAnswer } from '../../src/contract.ts'

const TIMEOUT_MS = 10_000
const RENEW_BEFORE_MS = 6 * 60 * 60 * 1_000

/** Whether the token is so close to its end that it must be renewed before it is used. */
export const needsRenewal = ({ expiresAt }: SessionAnswer) => expiresAt - Date.now() < RENEW_BEFORE_MS

/** One request. Never rejects: without an answer in time it is `unavailable`. Null stands for an empty answer. */
export async function requestSession(
  fetch: (path: string, init: RequestInit) => Promise<Response>,
  method: 'GET' | 'POST' | 'DELETE',
  token?: string,
  body?: object
): Promise<Reply<SessionAnswer | null>> {
  try {
    const response = await fetch('/api/session', {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` })
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS)
    })
    if (response.ok) {
      return { ok: true, value: response.status === 204 ? null : ((await response.json()) as SessionAnswer) }
    }
    const { reason } = (await response.json()) as { reason?: Reason }
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    return { ok: false, reason: reason ?? 'fault', ...(seconds > 0 && { retryAfterMs: seconds * 1_000 }) }
  } catch {
    return { ok: false, reason: 'unavailable' }
  }
}
