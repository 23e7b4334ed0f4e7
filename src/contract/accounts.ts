// How people sign in besides with a name, and why a ceremony fails.
import * as v from 'valibot'
import type { SessionAnswer } from './people.ts'

/** A passkey of a person, as the person sees it. */
export interface PasskeySummary {
  /** Of the credential, in base64url. */
  id: string
  name: string
  /** Milliseconds since 1970. */
  createdAt: number
  /** The last sign-in with it; null before the first. */
  usedAt: number | null
}

/**
 * Why a ceremony failed, in the field `detail` of a refusal. A closed list: our page has a text for each. `reason` is `not-allowed`, or
 * `unavailable` when another attempt may succeed.
 */
export const ceremonyFailures = [
  'expired', // it took too long, was made before, or was begun at another chat
  'passkey-unknown', // removed here, or made for another chat
  'passkey-refused', // made for another address, or not verifiable
  'passkeys-full',
  'last-passkey', // say that it is meant
  'no-passkeys-here', // an address without a name, like 192.0.2.1
  'provider-unavailable',
  'provider-refused', // the person did not agree there, or its answer could not be verified
  'subject-taken' // another account belongs to this one of the provider
] as const
export type CeremonyFailure = (typeof ceremonyFailures)[number]

/** A link that opens a session of the person on another device, once. The page is at `/#device=<token>`. */
export interface DeviceLink {
  token: string
  /** How long it opens one, in milliseconds. */
  lastsMs: number
}

/** A session that an invitation has led to, and its room. */
export interface InvitedAnswer extends SessionAnswer {
  room?: string
}

/** How people sign in here besides with a name, a passkey or a link: what they call the OpenID provider; null without one. */
export interface SignInWays {
  oidc: string | null
}

const base64url = (max: number) => v.pipe(v.string(), v.maxLength(max), v.regex(/^[\w-]+$/))
/** Credential ids have 1,023 bytes at most. */
export const credentialId = base64url(1_364)
const common = { id: credentialId, rawId: credentialId, type: v.literal('public-key') }
const text = base64url(16_000)

/** Body of DELETE /api/person: the messages stay under no name, or are erased. */
export const leavingBody = v.object({ messages: v.picklist(['keep', 'erase']) })

/** Body of POST /api/session/link. */
export const linkBody = v.object({ token: v.pipe(v.string(), v.regex(/^[\w-]{44}$/)) })

/** Bodies of the requests to /api/passkeys and /api/session/passkey: what the browser's WebAuthn returns as JSON. */
export const passkeyBodies = {
  added: v.object({
    name: v.optional(v.pipe(v.string(), v.maxLength(200))),
    response: v.object({
      ...common,
      response: v.object({
        clientDataJSON: text,
        attestationObject: text,
        transports: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(20))), v.maxLength(10)))
      })
    })
  }),
  used: v.object({
    response: v.object({
      ...common,
      response: v.object({
        clientDataJSON: text,
        authenticatorData: text,
        signature: text,
        userHandle: v.optional(v.string())
      })
    })
  }),
  renamed: v.object({ name: v.pipe(v.string(), v.maxLength(200)) })
} as const
