// People and sessions. A session is a signed token; the server stores only which tokens are revoked.
import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import * as v from 'valibot'
import { isAtLeast, isId, newId, type Person, type Role, type SessionAnswer } from './contract.ts'

const DAY_MS = 86_400_000
/** Each visit renews the session; after this time without a visit a person must sign in again. */
export const SESSION_DAYS = 30
/** A session ends this long after the sign-in, however often it is renewed. */
export const SESSION_MAX_DAYS = 365
const AUDIENCE = 'taifas'
const ALGORITHM = 'HS256'
const ROLE_BYTES = 16

export interface Session {
  /** Id of the sign-in; renewals keep it. */
  id: string
  /** The role is the person's present one whenever it is read. */
  person: Person
  /** The person has entered the current token for moderators. */
  hasModeratorToken: boolean
  /**
   * When the session got its name, in milliseconds since 1970. Renewals keep it, so a renewed token is exactly as valid as the token it
   * replaces, whenever and wherever it was renewed. Revocations compare with it.
   */
  issuedAt: number
  /** When the person signed in. */
  startedAt: number
  /** When this token expires. */
  expiresAt: number
}

export interface Identity {
  /**
   * A session of the person with this id, by default a new one, or with `session` of the same person renewed. Under another name its
   * `issuedAt` is later than the one of `session`.
   */
  issue(name: string, options?: { id?: string; moderator?: boolean; session?: Session }): Promise<SessionAnswer>
  /** The session of a token; null when the token is forged, foreign, expired or revoked. Never throws. */
  read(token: string): Promise<Session | null>
  /** As `read`, but accepts revoked tokens. */
  verify(token: string): Promise<Session | null>
}

export interface IdentityOptions {
  /** At least 256 bits, the same on every instance. */
  secret: string
  now: () => number
  /** The current token for moderators. */
  moderatorToken?: string | null
  isRevoked?(session: Session): Promise<boolean>
  /** The stored role of a person, at this moment. */
  roleOf?(person: string): Role
  mutedOf?(person: string): Person['muted']
  colorOf?(person: string): Person['color']
}

// `mod` is written for the previous build and never read. `role` proves that the person knew a token for moderators, and counts while
// that is the current one. All other roles are stored, and never in a token.
const claims = v.object({
  sub: v.pipe(
    v.string(),
    v.check((id) => isId(id))
  ),
  sid: v.string(),
  name: v.string(),
  aud: v.literal(AUDIENCE),
  exp: v.number(),
  // Never issued.
  nbf: v.optional(v.never()),
  since: v.optional(v.pipe(v.number(), v.safeInteger())),
  start: v.optional(v.pipe(v.number(), v.safeInteger())),
  role: v.optional(v.string())
})

// A header with `crit` asks for what is not understood here.
const headers = v.strictObject({ alg: v.literal(ALGORITHM), typ: v.optional(v.string()) })
const JWT = /^(([\w-]+)\.([\w-]+))\.([\w-]{43})$/

export function createIdentity({
  secret,
  now,
  moderatorToken = null,
  isRevoked,
  roleOf = () => 'visitor',
  mutedOf = () => undefined,
  colorOf = () => undefined
}: IdentityOptions): Identity {
  const moderatorRole = moderatorProof(secret, moderatorToken)
  let lastRename = 0

  /** A class: with getters of its own an object takes a kilobyte, and there is one for each connection. */
  class SessionPerson implements Person {
    readonly id: string
    readonly key: string
    readonly name: string
    readonly #hasModeratorToken: boolean

    constructor(id: string, name: string, hasModeratorToken: boolean) {
      this.id = id
      this.key = keyOf(id)
      this.name = name
      this.#hasModeratorToken = hasModeratorToken
    }

    get role(): Role {
      const role = roleOf(this.id)
      return this.#hasModeratorToken && !isAtLeast(role, 'moderator') ? 'moderator' : role
    }

    get muted() {
      return mutedOf(this.id)
    }

    get color() {
      return colorOf(this.id)
    }

    get moderator() {
      return isAtLeast(this.role, 'moderator')
    }

    toJSON(): Person {
      const { id, key, name, role, muted, color, moderator } = this
      return { id, key, name, role, muted, color, moderator }
    }
  }

  /** Later than every earlier rename on this instance, and than the former name, which an instance with a fast clock may have issued. */
  function renamedAt(session: Session) {
    lastRename = Math.max(now(), lastRename + 1, session.issuedAt + 1)
    return lastRename
  }

  async function verify(token: string): Promise<Session | null> {
    try {
      const { sub, sid, name, role, exp, since, start } = v.parse(claims, payloadOf(secret, token))
      const expiresAt = exp * 1_000
      if (expiresAt <= now()) return null
      // Tokens of the previous build have neither time; each was issued this long before it expires.
      const derived = expiresAt - SESSION_DAYS * DAY_MS
      const startedAt = start ?? derived
      if (startedAt + SESSION_MAX_DAYS * DAY_MS <= now()) return null
      const hasModeratorToken = moderatorRole !== null && role === moderatorRole
      const person = new SessionPerson(sub, name, hasModeratorToken)
      return { id: sid, person, hasModeratorToken, issuedAt: since ?? derived, startedAt, expiresAt }
    } catch {
      return null
    }
  }

  return {
    verify,
    async issue(name, { id = newId(), moderator = false, session } = {}) {
      const hasModeratorToken = moderator || (session?.hasModeratorToken ?? false)
      const person = new SessionPerson(session?.person.id ?? id, name, hasModeratorToken)
      const startedAt = session?.startedAt ?? now()
      const isRename = session && session.person.name !== name
      const expiresAt = Math.min(now() + SESSION_DAYS * DAY_MS, startedAt + SESSION_MAX_DAYS * DAY_MS)
      const token = sign(secret, {
        name,
        sid: session?.id ?? newId(),
        mod: hasModeratorToken,
        since: isRename ? renamedAt(session) : (session?.issuedAt ?? startedAt),
        start: startedAt,
        ...(hasModeratorToken && moderatorRole !== null && { role: moderatorRole }),
        sub: person.id,
        aud: AUDIENCE,
        exp: Math.floor(expiresAt / 1_000)
      })
      return { person, token, expiresAt }
    },
    async read(token) {
      const session = await verify(token)
      return session && (await isRevoked?.(session)) ? null : session
    }
  }
}

/** A JWT (RFC 7519). Signed and verified here because libraries do so in a thread pool, which costs ten times as much as the digest. */
function sign(secret: string, payload: object): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const signed = `${encode({ alg: ALGORITHM })}.${encode(payload)}`
  return `${signed}.${signatureOf(secret, signed).toString('base64url')}`
}

const signatureOf = (secret: string, signed: string) => createHmac('sha256', secret).update(signed).digest()

/** What was signed with the secret. @throws an error when the token is no such JWT */
function payloadOf(secret: string, token: string): unknown {
  const [, signed = '', header = '', payload = '', signature = ''] = JWT.exec(token) ?? []
  const given = Buffer.from(signature, 'base64url')
  const wanted = signatureOf(secret, signed)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw new Error('forged')
  v.parse(headers, decoded(header))
  return decoded(payload)
}

const decoded = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())

/** Proves that the person knew this moderator token at sign-in. Without the secret it reveals nothing about the token. */
export function moderatorProof(secret: string, moderatorToken: string | null): string | null {
  if (moderatorToken === null) return null
  const digest = createHmac('sha256', secret).update('moderator\0').update(moderatorToken).digest()
  return digest.subarray(0, ROLE_BYTES).toString('base64url')
}

/** 64 bits derived from a person's id: enough to distinguish the people who are present, and useless for signing in. */
export function keyOf(id: string): string {
  return hash('sha256', id, 'buffer').subarray(0, 8).toString('base64url')
}
