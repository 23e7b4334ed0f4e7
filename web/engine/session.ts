// Who I am in this tab. The token lives in the tab's own storage, so that tabs of one browser can be different people and each stays
// who it is over a reload; the cookie only lets a new tab offer the last person.
import { computed, signal } from '@preact/signals'
import type { Person, Reason, Refusal, SessionAnswer } from '../../src/contract.ts'

/** A token closer to its end than this is renewed before it is used. */
const RENEW_BEFORE_MS = 6 * 60 * 60 * 1_000
const HTTP_TIMEOUT_MS = 10_000
const KEY = 'taifas:session'
const NAME_KEY = 'taifas:name'

export type SignInResult = { ok: true } | Refusal

export type Session = ReturnType<typeof openSession>

export function openSession({ storage, fetch }: { storage: Storage; fetch: typeof globalThis.fetch }) {
  const answer = signal<SessionAnswer | null>(null)
  /** A person of this browser whom a new tab may continue as. */
  const offered = signal<SessionAnswer | null>(null)
  /** The name to begin the sign-in form with. */
  const lastName = signal('')
  /** Why the last session ended, when it wasn't the person's own doing. */
  const ended = signal<Reason | null>(null)
  /** Whether it is known who this tab may be. */
  const settled = signal(false)

  function adopt(next: SessionAnswer) {
    answer.value = next
    offered.value = null
    ended.value = null
    storage.setItem(KEY, JSON.stringify(next))
    storage.setItem(NAME_KEY, next.person.name)
  }

  function forget() {
    lastName.value = answer.value?.person.name ?? lastName.value
    answer.value = null
    storage.removeItem(KEY)
  }

  async function ask(method: string, body?: { name: string }, token?: string): Promise<Answered> {
    try {
      const response = await fetch('/api/session', {
        method,
        headers: {
          ...(body && { 'content-type': 'application/json' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` })
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(HTTP_TIMEOUT_MS)
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

  async function signIn(name: string, token?: string): Promise<SignInResult> {
    const reply = await ask('POST', { name }, token)
    if (!reply.ok) return reply
    if (reply.value) adopt(reply.value)
    return { ok: true }
  }

  /** A new name in another tab voids the token of this one. The browser's cookie then names the same person. */
  async function goOnAs(person: string | undefined) {
    const reply = await ask('GET')
    if (reply.ok && reply.value && reply.value.person.id === person && answer.value === null) adopt(reply.value)
  }

  return {
    person: computed<Person | null>(() => answer.value?.person ?? null),
    offered: computed<Person | null>(() => offered.value?.person ?? null),
    lastName,
    ended,
    settled,

    /** Who this tab was; failing that, whom the browser's cookie offers. */
    async begin() {
      const kept = readKept(storage)
      lastName.value = storage.getItem(NAME_KEY) ?? ''
      if (kept) {
        answer.value = kept
      } else {
        const reply = await ask('GET')
        if (reply.ok) offered.value = reply.value
      }
      settled.value = true
    },

    /** Comes in under a new name as a new person. */
    signIn: (name: string) => signIn(name),

    /** Goes on as the person the cookie names. */
    proceed() {
      if (offered.value) adopt(offered.value)
    },

    someoneElse() {
      offered.value = null
    },

    /** The same person under another name. */
    rename: (name: string) => signIn(name, answer.value?.token),

    /** The token for a handshake, renewed when it is about to end. */
    async token(): Promise<string | undefined> {
      const held = answer.value
      if (held && held.expiresAt - Date.now() < RENEW_BEFORE_MS) {
        const reply = await ask('GET', undefined, held.token)
        if (reply.ok && reply.value && answer.value === held) adopt(reply.value)
      }
      return answer.value?.token
    },

    /** Leaves for good: the others hear it at once. */
    async signOut() {
      const token = answer.value?.token
      forget()
      lastName.value = ''
      storage.removeItem(NAME_KEY)
      if (token !== undefined) await ask('DELETE', undefined, token)
    },

    /** The server no longer accepts this token: back to the sign-in form, with the name ready. */
    end(reason: Reason) {
      const person = answer.value?.person.id
      forget()
      ended.value = reason
      void goOnAs(person)
    }
  }
}

type Answered = { ok: true; value: SessionAnswer | null } | Refusal

function readKept(storage: Storage): SessionAnswer | null {
  try {
    const kept = JSON.parse(storage.getItem(KEY) ?? 'null') as SessionAnswer | null
    return kept && typeof kept.token === 'string' && typeof kept.person.name === 'string' ? kept : null
  } catch {
    return null
  }
}
