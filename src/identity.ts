// Who somebody is: a stable person and a signed token that says so. Nothing is kept here; the token is the session.
import { createHash } from 'node:crypto'
import { SignJWT, jwtVerify, type JWTPayload } from 'jose'
import * as v from 'valibot'
import { isId, newId, type Person, type SessionAnswer } from './contract.ts'

/** Renewed at every visit; after this long away a person signs in anew. */
const SESSION_DAYS = 30
const AUDIENCE = 'taifas'
const ALGORITHM = 'HS256'

export interface Session {
  /** Of this sign-in; stays over renewals. */
  id: string
  person: Person
}

export interface Identity {
  /** A new person, or with `session` the same one renewed, perhaps under another name. */
  issue(name: string, options?: { moderator?: boolean; session?: Session }): Promise<SessionAnswer>
  /** The session a token stands for; null when it is forged, foreign or too old. Never throws. */
  read(token: string): Promise<Session | null>
}

const claims = v.object({
  sub: v.pipe(
    v.string(),
    v.check((id) => isId(id))
  ),
  sid: v.string(),
  name: v.string(),
  mod: v.optional(v.boolean(), false)
})

/** `secret`: at least 256 bits, the same on every instance. */
export function createIdentity({ secret, now }: { secret: string; now: () => number }): Identity {
  const key = new TextEncoder().encode(secret)
  return {
    async issue(name, { moderator = false, session } = {}) {
      const person = personFor(session?.person.id ?? newId(), name, moderator || (session?.person.moderator ?? false))
      const expiresAt = now() + SESSION_DAYS * 86_400_000
      const token = await new SignJWT({ name, sid: session?.id ?? newId(), mod: person.moderator } satisfies JWTPayload)
        .setProtectedHeader({ alg: ALGORITHM })
        .setSubject(person.id)
        .setAudience(AUDIENCE)
        .setExpirationTime(Math.floor(expiresAt / 1_000))
        .sign(key)
      return { person, token, expiresAt }
    },
    async read(token) {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: [ALGORITHM],
          audience: AUDIENCE,
          requiredClaims: ['exp'],
          currentDate: new Date(now())
        })
        const { sub, sid, name, mod } = v.parse(claims, payload)
        return { id: sid, person: personFor(sub, name, mod) }
      } catch {
        return null
      }
    }
  }
}

function personFor(id: string, name: string, moderator: boolean): Person {
  return { id, key: keyOf(id), name, moderator }
}

/** 64 bits of a person's id: enough to tell those who are here apart, and not enough to speak in their name. */
export function keyOf(id: string): string {
  return createHash('sha256').update(id).digest().subarray(0, 8).toString('base64url')
}
