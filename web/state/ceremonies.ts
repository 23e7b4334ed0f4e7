// The page's side of signing in besides with a name: requests, and what the browser does for a passkey. It loads when it is first used.
import { startAuthentication, startRegistration } from '@simplewebauthn/browser'
import type { Reason, SessionAnswer } from '../../src/contract.ts'
import { request, type RequestParts } from '../engine/session-client.ts'
import type { DeviceLink, InvitedAnswer, PasskeySummary, SignInWays } from '../../src/contract/accounts.ts'

const TIMEOUT_MS = 20_000
/** Thousands of messages are removed one by one. */
const LEAVING_TIMEOUT_MS = 10 * 60_000

/** What went wrong: a reason, a failure of the ceremony, or `cancelled` by the person or the browser. */
export type Failure = string
export type Outcome<T> = { ok: true; value: T } | { ok: false; reason: Failure }

/** One request. The detail of a refusal says which step failed. */
async function ask<T>(method: string, path: string, parts: RequestParts = {}): Promise<Outcome<T>> {
  const reply = await request<T>(fetch, method, path, { timeoutMs: TIMEOUT_MS, ...parts })
  return reply.ok ? reply : { ok: false, reason: reply.detail ?? reply.reason }
}

/** Without a token, as before the server has answered for the first time, it is `unavailable`. */
export const withToken = async <T>(token: string | null | undefined, work: (token: string) => Promise<Outcome<T>>) =>
  token ? work(token) : ({ ok: false, reason: 'unavailable' } satisfies Outcome<T>)

/** Asks the server for options, the browser for what it makes of them, and the server for the result. */
async function ceremony<T>(
  path: string,
  token: string | undefined,
  perform: (options: never) => Promise<unknown>
): Promise<Outcome<T>> {
  if (!('PublicKeyCredential' in globalThis)) return { ok: false, reason: 'no-passkeys-here' }
  const options = await ask<never>('POST', `${path}/options`, { token, body: {} })
  if (!options.ok) return options
  try {
    return await ask<T>('POST', path, { token, body: { response: await perform(options.value) } })
  } catch (cause) {
    // This device has one for the person already.
    return {
      ok: false,
      reason: cause instanceof Error && cause.name === 'InvalidStateError' ? 'passkey-here' : 'cancelled'
    }
  }
}

type CreationOptions = Parameters<typeof startRegistration>[0]['optionsJSON']
type RequestOptions = Parameters<typeof startAuthentication>[0]['optionsJSON']

export const passkeys = {
  list: (token: string) => ask<{ passkeys: PasskeySummary[] }>('GET', '/api/passkeys', { token }),
  add: (token: string) =>
    ceremony<PasskeySummary>('/api/passkeys', token, (optionsJSON: CreationOptions) =>
      startRegistration({ optionsJSON })
    ),
  rename: (token: string, id: string, name: string) =>
    ask<void>('PATCH', `/api/passkeys/${id}`, { token, body: { name } }),
  remove: (token: string, id: string) => ask<void>('DELETE', `/api/passkeys/${id}?last=true`, { token }),
  signIn: () =>
    ceremony<SessionAnswer>('/api/session/passkey', undefined, (optionsJSON: RequestOptions) =>
      startAuthentication({ optionsJSON })
    )
}

export const deviceLink = {
  create: (token: string) => ask<DeviceLink>('POST', '/api/devices/link', { token }),
  use: (token: string) => ask<InvitedAnswer>('POST', '/api/session/link', { body: { token } })
}

export const ways = () => ask<SignInWays>('GET', '/api/session/ways')

/** What becomes of the messages of somebody who leaves for good. */
export type Leaving = 'keep' | 'erase'

export const ownData = {
  /** Saves what the person wrote as a file. @returns what went wrong */
  async download(token: string, name: string): Promise<Failure | undefined> {
    try {
      const response = await fetch('/api/person/data', { headers: { authorization: `Bearer ${token}` } })
      if (!response.ok) return ((await response.json()) as { reason?: Reason }).reason ?? 'fault'
      const link = document.createElement('a')
      link.href = URL.createObjectURL(await response.blob())
      link.download = name
      link.click()
      setTimeout(() => URL.revokeObjectURL(link.href), TIMEOUT_MS)
      return undefined
    } catch {
      return 'unavailable'
    }
  },
  /** @returns what went wrong; it may be repeated then */
  async leave(token: string, messages: Leaving): Promise<Failure | undefined> {
    const left = await ask<void>('DELETE', '/api/person', { token, body: { messages }, timeoutMs: LEAVING_TIMEOUT_MS })
    return left.ok ? undefined : left.reason
  }
}

/** Where this tab left for the provider from: the hash of an invitation's link, or nothing. */
const LEFT_FROM = 'taifas:left-from'
const INVITED = /^#(invitation|owner)=(.+)$/

/** Null where the browser refuses it. */
function tab(): Storage | null {
  try {
    return sessionStorage
  } catch {
    return null
  }
}

/** Leaves for the provider, with the invitation of the address; with a token, to add it to the account. Returns only if that fails. */
export async function goToProvider(token?: string): Promise<Outcome<never>> {
  const [hash = '', kind = '', code] = (token === undefined && INVITED.exec(location.hash)) || []
  const body = { [kind]: code }
  const begun = await ask<{ url: string }>('POST', '/api/session/oidc', { token, body })
  if (!begun.ok) return begun
  if (token === undefined) tab()?.setItem(LEFT_FROM, hash)
  location.assign(begun.value.url)
  // The page goes on for a moment.
  return new Promise(() => {})
}

/** That place, once; null when this tab did not leave. */
export function takeLeftFrom(): string | null {
  const hash = tab()?.getItem(LEFT_FROM) ?? null
  tab()?.removeItem(LEFT_FROM)
  return hash
}
