// OpenID Connect: people sign in with the account that they have at a provider. What is stored of that account is the hash of issuer and
// subject. Each attempt has its state, nonce and PKCE verifier, which are stored, and taken once.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Configuration, UserInfoResponse } from 'openid-client'
import * as v from 'valibot'
import { ticket } from '../contract/grammar.ts'
import { CeremonyFailed } from '../errors.ts'
import type { AccountStore } from '../people/account-store.ts'

/** Where the provider sends the browser back to, at the public origin. */
export const OIDC_CALLBACK = '/api/session/oidc/callback'
/** Somebody may have to sign in at the provider first. */
export const ATTEMPT_MS = 10 * 60_000
const ANSWER_WITHIN_SECONDS = 5
/** Clocks of the provider and of this instance may differ by this much. */
const SKEW_SECONDS = 300

export interface OidcConfig {
  issuer: string
  clientId: string
  /** Null for a client without one. */
  clientSecret: string | null
  /** What people call the provider. */
  name: string
}

/** Somebody whom the provider has recognized. */
export interface Recognized {
  subject: string
  /** Names to sign in with, the best first. */
  names: string[]
  /** The person who began the attempt to add the provider to their account; null for a sign-in. */
  person: string | null
  /** What the person came in with. */
  ticket: Ticket
}
export type Ticket = v.InferOutput<typeof attempt>['ticket']

const attempt = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    verifier: v.string(),
    nonce: v.string(),
    person: v.nullable(v.string()),
    // Absent in an attempt that was begun at an earlier build.
    ticket: v.optional(v.object(ticket), {})
  })
)

// Loaded when somebody signs in so.
const library = () => import('openid-client')

export type Oidc = ReturnType<typeof createOidc>

/** @param options.redirectUri of this chat, as the provider knows it @param options.onError gets what the operator needs to know */
export function createOidc(options: {
  config: OidcConfig
  redirectUri: string
  store: Pick<AccountStore, 'put' | 'take'>
  onError(cause: unknown): void
}) {
  const { config, redirectUri, store, onError } = options
  let provider: Promise<Configuration> | null = null

  async function discover(): Promise<Configuration> {
    const client = await library()
    const isPlain = config.issuer.startsWith('http:')
    const auth = config.clientSecret === null ? client.None() : client.ClientSecretBasic(config.clientSecret)
    const metadata = { [client.clockTolerance]: SKEW_SECONDS }
    return client.discovery(new URL(config.issuer), config.clientId, metadata, auth, {
      timeout: ANSWER_WITHIN_SECONDS,
      execute: isPlain ? [client.allowInsecureRequests] : []
    })
  }

  /** @throws CeremonyFailed provider-unavailable */
  async function found(): Promise<Configuration> {
    provider ??= discover()
    try {
      return await provider
    } catch (cause) {
      provider = null
      onError(cause)
      throw new CeremonyFailed('provider-unavailable')
    }
  }

  return {
    name: config.name,

    /**
     * @returns where the browser goes, and what it keeps in a cookie meanwhile @throws CeremonyFailed provider-unavailable;
     * StoreUnavailable
     */
    async begin(person: string | null, ticket: Ticket): Promise<{ url: string; state: string }> {
      const [client, at] = [await library(), await found()]
      const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()]
      await store.put(`oidc-${state}`, JSON.stringify({ verifier, nonce, person, ticket }), ATTEMPT_MS)
      const url = client.buildAuthorizationUrl(at, {
        redirect_uri: redirectUri,
        scope: 'openid profile',
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256'
      })
      return { url: url.href, state }
    },

    /**
     * @param query with which the provider has sent the browser back
     * @param state that this browser has kept: nobody is signed in by the link of somebody else
     * @throws CeremonyFailed expired, provider-refused, provider-unavailable; StoreUnavailable
     */
    async end(query: URLSearchParams, state: string): Promise<Recognized> {
      const given = query.get('state') ?? ''
      const begun = isSame(given, state) ? await store.take(`oidc-${state}`) : null
      if (begun === null) throw new CeremonyFailed('expired')
      const { verifier, nonce, person, ticket } = v.parse(attempt, begun)
      const [client, at] = [await library(), await found()]
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
      try {
        const tokens = await client.authorizationCodeGrant(at, new URL(`${redirectUri}?${query.toString()}`), checks)
        const { iss, sub, ...claims } = tokens.claims()!
        // Many providers give the name only here.
        const isNamed = namesIn(claims).length > 0 || at.serverMetadata().userinfo_endpoint === undefined
        const names = namesIn(isNamed ? claims : await client.fetchUserInfo(at, tokens.access_token, sub))
        const subject = createHash('sha256').update(`${iss}\0${sub}`).digest('base64url')
        return { subject, names, person, ticket }
      } catch (cause) {
        // The person may not have agreed, which is no error.
        const hasRefused = cause instanceof client.AuthorizationResponseError
        if (!hasRefused) onError(cause)
        const isAway = cause instanceof TypeError || (cause instanceof Error && cause.name === 'TimeoutError')
        throw new CeremonyFailed(isAway ? 'provider-unavailable' : 'provider-refused')
      }
    }
  }
}

const namesIn = ({ name, preferred_username, nickname }: Partial<UserInfoResponse>) =>
  [name, preferred_username, nickname].filter((each) => typeof each === 'string')

function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return one !== '' && timingSafeEqual(digest(one), digest(other))
}
