// Who a program is: signed in by name the first time, and the same person from then on, as its store remembers.
import * as v from 'valibot'
import { reasons, type Reply, type SessionAnswer } from '../../src/contract.ts'
import { refused } from './client-error.ts'
import { keepSession, readSession } from './records.ts'
import type { Backoff } from './backoff.ts'
import type { ClientStore } from './store.ts'

const HTTP_TIMEOUT_MS = 10_000
/** A token closer to its end than this is renewed before it is used. */
const RENEW_BEFORE_MS = 6 * 60 * 60 * 1_000

const refusal = v.object({ reason: v.optional(v.picklist(reasons), 'fault') })
const answer = v.object({
  person: v.object({ id: v.string(), key: v.string(), name: v.string(), moderator: v.boolean() }),
  token: v.string(),
  expiresAt: v.number()
})

export interface SessionDeps {
  url: string
  /** How to sign in when the store knows nobody, or one who is no longer accepted. */
  name?: string | undefined
  moderator?: string | undefined
  /** A session that was made elsewhere. */
  token?: string | undefined
  store: ClientStore
  backoff: Backoff
  /** The server can't be reached; it is tried again. */
  waiting(): void
  /** A renewed token could not be kept. */
  failed(cause: unknown): void
}

/** Waits until the server answers. @throws ClientError when it refuses */
export async function openSession(doors: SessionDeps) {
  const { url, name, moderator, token, store, backoff, waiting, failed } = doors
  let held = await begin()
  await keepSession(store, held)

  async function begin(): Promise<SessionAnswer> {
    const kept = token === undefined ? await readSession(store) : null
    const before = token ?? kept?.token
    if (before !== undefined) {
      const again = await until(() =>
        name !== undefined && (kept?.person.name !== name || moderator !== undefined)
          ? ask('POST', before, { name, moderator })
          : ask('GET', before)
      )
      if (again.ok) return again.value
      if (again.reason !== 'sign-in' || name === undefined) throw refused(again.reason)
    }
    const made = await until(() => ask('POST', undefined, { name, moderator }))
    if (!made.ok) throw refused(made.reason)
    return made.value
  }

  async function until(ask: () => Promise<Reply<SessionAnswer>>): Promise<Reply<SessionAnswer>> {
    for (let attempt = 0; ; attempt += 1) {
      const reply = await ask()
      if (reply.ok || (reply.reason !== 'unavailable' && reply.reason !== 'too-fast')) return reply
      waiting()
      await backoff.restAfter(attempt, reply.retryAfterMs)
    }
  }

  async function ask(method: string, bearer: string | undefined, body?: object): Promise<Reply<SessionAnswer>> {
    try {
      const response = await fetch(new URL('/api/session', url), {
        method,
        // Who this is stands in the request: a page's cookie is somebody else.
        credentials: 'omit',
        headers: {
          ...(body && { 'content-type': 'application/json' }),
          ...(bearer !== undefined && { authorization: `Bearer ${bearer}` })
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(HTTP_TIMEOUT_MS)
      })
      const said: unknown = await response.json()
      if (response.ok) return { ok: true, value: v.parse(answer, said) }
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
      return { ok: false, reason: v.parse(refusal, said).reason, ...(seconds > 0 && { retryAfterMs: seconds * 1_000 }) }
    } catch {
      return { ok: false, reason: 'unavailable' }
    }
  }

  return {
    person: held.person,

    /** For a handshake; renewed when it is about to end. */
    async token(): Promise<string> {
      if (held.expiresAt - Date.now() < RENEW_BEFORE_MS) {
        const reply = await ask('GET', held.token)
        if (reply.ok) {
          held = reply.value
          await keepSession(store, held).catch(failed)
        }
      }
      return held.token
    }
  }
}
