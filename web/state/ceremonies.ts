// The page's side of signing in besides with a name: requests, and what the browser does for a passkey. It loads when it is first used.
import { startAuthentication, startRegistration } from '@simplewebauthn/browser'
import type { Reason, SessionAnswer } from '../../src/contract.ts'
import type { DeviceLink, PasskeySummary, SignInWays } from '../../src/contract/accounts.ts'

const TIMEOUT_MS = 20_000

/** What went wrong: a reason, a failure of the ceremony, or `cancelled` by the person or the browser. */
export type Failure = string
export type Outcome<T> = { ok: true; value: T } | { ok: false; failure: Failure }

/** One request. Never rejects: without an answer in time it is `unavailable`. */
async function ask<T>(method: string, path: string, token?: string, body?: object): Promise<Outcome<T>> {
  try {
    const response = await fetch(path, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` })
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS)
    })
    if (response.status === 204) return { ok: true, value: undefined as T }
    const answer = (await response.json()) as T & { reason?: Reason; detail?: string }
    return response.ok ? { ok: true, value: answer } : { ok: false, failure: answer.detail ?? answer.reason ?? 'fault' }
  } catch {
    return { ok: false, failure: 'unavailable' }
  }
}

/** Asks the server for options, the browser for what it makes of them, and the server for the result. */
async function ceremony<T>(
  path: string,
  token: string | undefined,
  perform: (options: never) => Promise<unknown>
): Promise<Outcome<T>> {
  if (!('PublicKeyCredential' in globalThis)) return { ok: false, failure: 'no-passkeys-here' }
  const options = await ask<never>('POST', `${path}/options`, token, {})
  if (!options.ok) return options
  try {
    return await ask<T>('POST', path, token, { response: await perform(options.value) })
  } catch (cause) {
    // This device has one for the person already.
    return {
      ok: false,
      failure: cause instanceof Error && cause.name === 'InvalidStateError' ? 'passkey-here' : 'cancelled'
    }
  }
}

type CreationOptions = Parameters<typeof startRegistration>[0]['optionsJSON']
type RequestOptions = Parameters<typeof startAuthentication>[0]['optionsJSON']

export const passkeys = {
  list: (token: string) => ask<{ passkeys: PasskeySummary[] }>('GET', '/api/passkeys', token),
  add: (token: string) =>
    ceremony<PasskeySummary>('/api/passkeys', token, (optionsJSON: CreationOptions) =>
      startRegistration({ optionsJSON })
    ),
  rename: (token: string, id: string, name: string) => ask<void>('PATCH', `/api/passkeys/${id}`, token, { name }),
  remove: (token: string, id: string) => ask<void>('DELETE', `/api/passkeys/${id}?last=true`, token),
  signIn: () =>
    ceremony<SessionAnswer>('/api/session/passkey', undefined, (optionsJSON: RequestOptions) =>
      startAuthentication({ optionsJSON })
    )
}

export const deviceLink = {
  create: (token: string) => ask<DeviceLink>('POST', '/api/devices/link', token),
  use: (token: string) => ask<SessionAnswer>('POST', '/api/session/link', undefined, { token })
}

export const ways = () => ask<SignInWays>('GET', '/api/session/ways')

/** Leaves for the provider; with a token, to add it to the account. Returns only if that fails. */
export async function goToProvider(token?: string): Promise<Outcome<never>> {
  const begun = await ask<{ url: string }>('POST', '/api/session/oidc', token, {})
  if (!begun.ok) return begun
  location.assign(begun.value.url)
  // The page goes on for a moment.
  return new Promise(() => {})
}
