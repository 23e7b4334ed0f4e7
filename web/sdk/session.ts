// The person that a program is: signed in by name the first time, and the same person from then on, as its store remembers.
import * as v from 'valibot'
import type { Reason, Reply, SessionAnswer } from '../../src/contract.ts'
import { needsRenewal, renewDaily, request as anyRequest, requestSession } from '../engine/session-client.ts'
import { refused } from './client-error.ts'
import { readSession, sessionFields, signInSecret, storeSession } from './records.ts'
import type { Retrier } from './retry.ts'
import type { ClientStore } from './store.ts'

/** A server that refuses the session that it has just made would be asked forever. */
const AGAIN_AFTER_MS = 60_000

export interface SessionDeps {
  url: string
  /** How to sign in when the store knows nobody, or somebody who is no longer accepted. */
  name?: string | undefined
  moderator?: string | undefined
  /** Brought by somebody new. */
  invitation?: string | undefined
  /** A session that was made elsewhere. */
  token?: string | undefined
  store: ClientStore
  retrier: Retrier
  /** The server can't be reached (`unavailable`) or asks to wait (`too-fast`), and is tried again. */
  waitingFor(reason: Reason): void
  /** A renewed token could not be stored. */
  failed(cause: unknown): void
}

export type ClientSession = Awaited<ReturnType<typeof openSession>>

/** Waits until the server answers. @throws ClientError when the server refuses */
export async function openSession(deps: SessionDeps) {
  const { url, name, moderator, invitation, token, store, retrier, waitingFor, failed } = deps
  // The request names the session: the cookie of a page that this runs in belongs to somebody else.
  const fetchThere = (path: string, init: RequestInit) => fetch(new URL(path, url), { ...init, credentials: 'omit' })
  const { secret, isNew } = await signInSecret(store)
  let session = await begin()
  await storeSession(store, session)

  async function begin(): Promise<SessionAnswer> {
    const stored = token === undefined ? await readSession(store) : null
    const earlier = token ?? stored?.token
    if (earlier !== undefined) {
      const signIn = name !== undefined && (stored?.person.name !== name || moderator !== undefined || isNew)
      const again = await insist(earlier, signIn)
      if (again.ok) return again.value
      if (again.reason !== 'sign-in' || name === undefined) throw refused(again.reason)
    }
    return signInAnew()
  }

  /** As a new person, or as the one whom the server knows by name and secret. @throws ClientError */
  async function signInAnew(): Promise<SessionAnswer> {
    const made = await insist(undefined, true)
    if (!made.ok) throw refused(made.reason)
    return made.value
  }

  /** Asks until the server answers; with `signIn`, under the name. */
  async function insist(bearer: string | undefined, signIn: boolean): Promise<Reply<SessionAnswer>> {
    for (let attempt = 0; ; attempt += 1) {
      const reply = await (signIn
        ? request('POST', bearer, { name, moderator, secret, ...(bearer === undefined && { invitation }) })
        : request('GET', bearer))
      if (reply.ok || (reply.reason !== 'unavailable' && reply.reason !== 'too-fast')) return reply
      waitingFor(reply.reason)
      await retrier.pause(attempt, reply.retryAfterMs)
    }
  }

  async function request(method: 'GET' | 'POST', bearer?: string, body?: object): Promise<Reply<SessionAnswer>> {
    const reply = await requestSession(fetchThere, method, bearer, body)
    if (!reply.ok) return reply
    const { success, output } = v.safeParse(v.object(sessionFields), reply.value)
    return success ? { ok: true, value: output } : { ok: false, reason: 'unavailable' }
  }

  /** The last time that `again` made a session. */
  let signedInAt = -Infinity

  async function replace(next: SessionAnswer) {
    session = next
    await storeSession(store, session).catch(failed)
  }

  /** Renewed when less than half of its life is left. */
  async function current(): Promise<string> {
    if (needsRenewal(session)) {
      const reply = await request('GET', session.token)
      if (reply.ok) await replace(reply.value)
    }
    return session.token
  }
  const stopRenewing = renewDaily(current)

  return {
    person: session.person,
    /** For a handshake. */
    token: current,

    /** After the server has refused the session: a session of the same person. @throws ClientError when there is none */
    async again(reason: Reason): Promise<void> {
      if (name === undefined || Date.now() - signedInAt < AGAIN_AFTER_MS) throw refused(reason)
      const { id } = session.person
      const next = await signInAnew()
      // What waits in the outbox belongs to that person.
      if (next.person.id !== id) throw refused(reason)
      signedInAt = Date.now()
      await replace(next)
    },

    /**
     * Another session was ended, and with it every secret: this program signs in again by name, as the same person, unless its own was
     * the one.
     */
    async sendSecret(): Promise<void> {
      if (name === undefined) return
      const reply = await insist(session.token, true)
      if (reply.ok) await replace(reply.value)
    },

    stop: stopRenewing,

    /** A request as this person. Rejects without an answer. */
    fetch: async (path: string) => fetchThere(path, { headers: { authorization: `Bearer ${await current()}` } }),
    request: async <Answer>(method: string, path: string, body?: object, timeoutMs?: number) =>
      anyRequest<Answer>(fetchThere, method, path, {
        token: await current(),
        body,
        ...(timeoutMs !== undefined && { timeoutMs })
      }),

    /** Frees the name. Without an answer the server frees it by itself after some time. */
    async signOut(): Promise<void> {
      await requestSession(fetchThere, 'DELETE', session.token)
    }
  }
}
