// The person that a program is: signed in by name the first time, and the same person from then on, as its store remembers.
import * as v from 'valibot'
import type { Reason, Reply, SessionAnswer } from '../../src/contract.ts'
import { needsRenewal, requestSession } from '../engine/session-client.ts'
import { refused } from './client-error.ts'
import { readSession, sessionFields, storeSession } from './records.ts'
import type { Retrier } from './retry.ts'
import type { ClientStore } from './store.ts'

export interface SessionDeps {
  url: string
  /** How to sign in when the store knows nobody, or somebody who is no longer accepted. */
  name?: string | undefined
  moderator?: string | undefined
  /** A session that was made elsewhere. */
  token?: string | undefined
  store: ClientStore
  retrier: Retrier
  /** The server can't be reached (`unavailable`) or asks to wait (`too-fast`), and is tried again. */
  waitingFor(reason: Reason): void
  /** A renewed token could not be stored. */
  failed(cause: unknown): void
}

/** Waits until the server answers. @throws ClientError when the server refuses */
export async function openSession(deps: SessionDeps) {
  const { url, name, moderator, token, store, retrier, waitingFor, failed } = deps
  // The request names the session: the cookie of a page that this runs in belongs to somebody else.
  const fetchThere = (path: string, init: RequestInit) => fetch(new URL(path, url), { ...init, credentials: 'omit' })
  let session = await begin()
  await storeSession(store, session)

  async function begin(): Promise<SessionAnswer> {
    const stored = token === undefined ? await readSession(store) : null
    const earlier = token ?? stored?.token
    if (earlier !== undefined) {
      const signIn = name !== undefined && (stored?.person.name !== name || moderator !== undefined)
      const again = await insist(earlier, signIn)
      if (again.ok) return again.value
      if (again.reason !== 'sign-in' || name === undefined) throw refused(again.reason)
    }
    const made = await insist(undefined, true)
    if (!made.ok) throw refused(made.reason)
    return made.value
  }

  /** Asks until the server answers; with `signIn`, under the name. */
  async function insist(bearer: string | undefined, signIn: boolean): Promise<Reply<SessionAnswer>> {
    for (let attempt = 0; ; attempt += 1) {
      const reply = await (signIn ? request('POST', bearer, { name, moderator }) : request('GET', bearer))
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

  return {
    person: session.person,

    /** For a handshake; renewed when it is about to end. */
    async token(): Promise<string> {
      if (needsRenewal(session)) {
        const reply = await request('GET', session.token)
        if (reply.ok) {
          session = reply.value
          await storeSession(store, session).catch(failed)
        }
      }
      return session.token
    }
  }
}
