// Where revoked sessions are stored. One sentence covers sign-out and rename: tokens of session S issued before time T are void.
// Entries are appended in one order that all instances read; a later entry never makes an earlier one weaker.

/** As `before`: all tokens of the session are void, whenever they were issued. */
export const ALL_TOKENS = Number.MAX_SAFE_INTEGER
/** How long an entry is stored: longer than any token lives. */
export const REVOCATIONS_KEPT_MS = 31 * 86_400_000
/** Entries stored at most; beyond this the oldest go. */
export const REVOCATIONS_MAX = 50_000
/** Entries in one answer. */
export const REVOCATIONS_PAGE = 1_000

export interface Revocation {
  session: string
  /** Tokens issued before this are void, in milliseconds since 1970. */
  before: number
}

export interface RevocationPage {
  /** Oldest first. */
  revocations: Revocation[]
  /** Where to continue; null while nothing was ever read. */
  place: string | null
  /** More entries are stored. */
  more: boolean
}

export interface RevocationStore {
  /** Resolves once the entry is durable. The same step drops expired entries. @throws StoreUnavailable */
  add(revocation: Revocation): Promise<void>
  /** Entries after a place that this store has returned, or from the oldest. @throws StoreUnavailable */
  list(after: string | null): Promise<RevocationPage>
}
