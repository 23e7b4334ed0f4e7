// The person of this tab. The token is in the tab's own storage, so tabs of one browser can be different people, and each stays the
// same over a reload. The cookie only lets a new tab offer the last person. Without the server, a new tab opens as that person, whose
// token it gets by the cookie once the server answers.
import { computed, signal } from '@preact/signals'
import {
  ACCESS_HEADER,
  OIDC_HEADER,
  newId,
  type Person,
  type Reason,
  type Refusal,
  type SessionAnswer
} from '../../src/contract.ts'
import type { Ending } from './connection.ts'
import { isTemporary } from './backoff.ts'
import { needsRenewal, request, requestSession } from './session-client.ts'

const KEY = 'taifas:session'
const NAME_KEY = 'taifas:name'
const SECRET_KEY = 'taifas:secret'
/** Of the browser: who signed in last. */
const PERSON_KEY = 'taifas:person'
/** A new tab waits so long for the server before it opens without it. */
const OFFLINE_AFTER_MS = 5_000
const SECRET = /^[\w-]{22}$/

/** The code of an invitation, or the secret of the owner link. */
export type Ticket = Partial<Record<'invitation' | 'owner', string>>
export type SignInResult = { ok: true } | Refusal

/** Without a token as long as the server has not answered. */
type Known = Pick<SessionAnswer, 'person'> & Partial<SessionAnswer>

export type Session = ReturnType<typeof openSession>

export interface SessionDeps {
  /** Of the tab. */
  storage: Storage
  /** Shared by the tabs of this browser. */
  browser: Storage
  fetch: typeof globalThis.fetch
}

export function openSession({ storage, browser, fetch }: SessionDeps) {
  const current = signal<Known | null>(null)
  /** A person of this browser whom a new tab may continue as. */
  const offered = signal<SessionAnswer | null>(null)
  /** The name that the sign-in form starts with. */
  const lastName = signal('')
  /** Why the last session ended, unless the person ended it. */
  const ended = signal<Reason | null>(null)
  /** The ban that keeps the person out. */
  const banned = signal<Ending | null>(null)
  /** New people need an invitation. */
  const inviteOnly = signal(false)
  /** What people call the OpenID provider; null without one. */
  const provider = signal<string | null>(null)
  /** Whether it is known who this tab may be. */
  const settled = signal(false)

  function adopt(next: SessionAnswer) {
    current.value = next
    offered.value = null
    ended.value = null
    banned.value = null
    storage.setItem(KEY, JSON.stringify(next))
    storage.setItem(NAME_KEY, next.person.name)
    browser.setItem(PERSON_KEY, JSON.stringify({ person: next.person }))
  }

  function forget() {
    if (lastHere()?.person.id === current.value?.person.id) browser.removeItem(PERSON_KEY)
    lastName.value = current.value?.person.name ?? lastName.value
    current.value = null
    storage.removeItem(KEY)
  }

  const lastHere = () => readStored(browser, PERSON_KEY)

  async function seeAccess(path: string, init: RequestInit) {
    const response = await fetch(path, init)
    const access = response.headers.get(ACCESS_HEADER)
    if (access === null) return response
    inviteOnly.value = access === 'invite'
    const name = response.headers.get(OIDC_HEADER)
    provider.value = name && decodeURIComponent(name)
    return response
  }

  /** Of this browser: with it, signing in again under one's name finds the same person, after a lost answer or a lost session. */
  function secret(): string {
    const stored = browser.getItem(SECRET_KEY) ?? ''
    if (SECRET.test(stored)) return stored
    const made = newId()
    browser.setItem(SECRET_KEY, made)
    return made
  }

  async function signIn(name: string, token?: string, ticket?: Ticket): Promise<SignInResult> {
    const reply = await requestSession(fetch, 'POST', token, { name, secret: secret(), ...ticket })
    if (!reply.ok) return reply
    if (reply.value) adopt(reply.value)
    return { ok: true }
  }

  /** A new name in another tab voids the token of this one. The browser's cookie then names the same person. */
  async function continueAs(person: string | undefined) {
    const reply = await requestSession(seeAccess, 'GET')
    if (reply.ok && reply.value && reply.value.person.id === person && current.value === null) adopt(reply.value)
  }

  return {
    person: computed<Person | null>(() => current.value?.person ?? null),
    offered: computed<Person | null>(() => offered.value?.person ?? null),
    lastName,
    ended,
    banned,
    settled,
    inviteOnly,
    provider,

    /**
     * Restores the person of this tab. A new tab offers the person of the browser's cookie; without the server it opens as the last one.
     */
    async begin() {
      const stored = readStored(storage, KEY)
      const last = lastHere()
      lastName.value = storage.getItem(NAME_KEY) ?? ''
      if (stored) {
        current.value = stored
      } else {
        const limits = last ? { timeoutMs: OFFLINE_AFTER_MS } : {}
        const reply = await request<SessionAnswer | null>(seeAccess, 'GET', '/api/session', limits)
        if (reply.ok) offered.value = reply.value
        else if (isTemporary(reply.reason)) current.value = last
      }
      settled.value = true
    },

    /** Signs in under a new name, as a new person. */
    signIn: (name: string, ticket?: Ticket) => signIn(name, undefined, ticket),

    /** Uses an invitation or the owner link as the person whom this tab or browser knows. */
    async accept(ticket: Ticket): Promise<SignInResult> {
      const known = current.value ?? offered.value
      return known ? signIn(known.person.name, known.token, ticket) : { ok: false, reason: 'sign-in' }
    },

    /** A session that was opened in another way than by name. */
    enter: adopt,

    /** Continues as the person that the cookie names. */
    proceed() {
      if (offered.value) adopt(offered.value)
    },

    someoneElse() {
      offered.value = null
    },

    /** The same person under another name. */
    rename: (name: string) => signIn(name, current.value?.token),

    /** The token for a handshake, renewed when it is about to end. Null: it cannot be had now; undefined: nobody is signed in. */
    async token(): Promise<string | null | undefined> {
      const before = current.value
      if (before && needsRenewal(before)) {
        const reply = await requestSession(fetch, 'GET', before.token)
        if (current.value !== before) return current.value?.token
        if (!reply.ok && before.token === undefined && isTemporary(reply.reason)) return null
        if (reply.ok && reply.value?.person.id === before.person.id) adopt(reply.value)
      }
      return current.value?.token
    },

    /** Leaves for good. The others see it at once. */
    async signOut() {
      const token = current.value?.token
      forget()
      lastName.value = ''
      storage.removeItem(NAME_KEY)
      browser.removeItem(SECRET_KEY)
      if (token !== undefined) await requestSession(seeAccess, 'DELETE', token)
    },

    /** The server no longer accepts this token: back to the sign-in form, with the name filled in. */
    end(ending: Ending) {
      const person = current.value?.person.id
      forget()
      ended.value = ending.reason
      banned.value = ending.reason === 'banned' ? ending : null
      if (!banned.value) void continueAs(person)
    }
  }
}

function readStored(storage: Storage, key: string): Known | null {
  try {
    const stored = JSON.parse(storage.getItem(key) ?? 'null') as Known | null
    return typeof stored?.person.id === 'string' && typeof stored.person.name === 'string' ? stored : null
  } catch {
    return null
  }
}
