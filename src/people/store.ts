// Where people are stored, and who owns which name. A name is compared by its forms (names.ts): two names with a form in common look
// alike, and only one person owns both. Claiming all forms of a name is one atomic step, across all instances.
import { folded } from '../contract.ts'

/** A name-only person keeps id and name for this long after the last use of the session, as long as the session can come back. */
export const NAME_LASTS_MS = 30 * 86_400_000
/** A name that was claimed at a sign-in whose answer nobody used is free again after this time. */
export const UNUSED_NAME_LASTS_MS = 10 * 60_000
/** The stored time is this old at most: a person who is here is written once a day. */
export const SEEN_EVERY_MS = 86_400_000
/** People stored at most; beyond this those who have the least time left go, and nobody with an account. */
export const PEOPLE_MAX = 50_000
/** People that one claim removes, when their time is over. */
export const SWEEP_PEOPLE = 10
/** People whom one person does not want messages from. */
export const BLOCKED_MAX = 500
/** People that one search finds at most; a following search goes on after them. */
export const FOUND_PEOPLE_MAX = 50

export interface Claim {
  /** The person's id: a new one at a sign-in. */
  id: string
  name: string
  /** All forms of the name, in a short fixed length. */
  forms: readonly string[]
  /** The hash of what proves that a later sign-in comes from the same program. Without it the stored one stays. */
  secret?: string
  /** How long the name stays the person's from now on, in milliseconds. Never shortens what was stored before. */
  forMs: number
}

export interface StoredPerson {
  name: string
  /** Milliseconds since 1970, as are the others. */
  createdAt: number
  /** When the person was seen; later times of the same day are not written. */
  seenAt: number
  /** When the name is free again, unless the person comes back. */
  expiresAt: number
}

export interface FoundPerson {
  id: string
  name: string
}

/** A page of people in the order of their folded names. `next`: where the following page begins, when there may be one. */
export interface FoundPeople {
  people: FoundPerson[]
  next?: string
}

export interface PeopleStore {
  /**
   * Gives the person this name in place of the former one, and stores the person if new. Repeating it says that the person is here. The
   * same step drops a few people whose time is over.
   * @returns whose name it is now: the claim's `id`; or the id of the person who owns the name and has this secret; null when somebody
   *   else owns it or one that looks like it, and nothing was changed
   * @throws StoreUnavailable; then it is unknown whether the name was claimed, and the claim may be repeated
   */
  claim(claim: Claim): Promise<string | null>
  /** For each list of forms, whether nobody owns a name with one of them. @throws StoreUnavailable */
  free(names: readonly (readonly string[])[]): Promise<boolean[]>
  /** For each form of a name, the id of the person who owns it; null when nobody does. @throws StoreUnavailable */
  owners(forms: readonly string[]): Promise<(string | null)[]>
  /** Null for an unknown person, and for one whose time is over. @throws StoreUnavailable */
  person(id: string): Promise<StoredPerson | null>
  /**
   * People whose names begin with the search without case, width and marks; all people for an empty one. A page may be empty although
   * another follows. `from`: the `next` of the page before. Somebody whom only an earlier build has named is found after they come again.
   * @throws StoreUnavailable
   */
  search(prefix: string, from?: string): Promise<FoundPeople>
  /** The names of those of these people whom the store knows. @throws StoreUnavailable */
  names(ids: readonly string[]): Promise<FoundPerson[]>
  /** No secret of an earlier sign-in finds the person any more. @throws StoreUnavailable */
  forgetSecret(id: string): Promise<void>
  /** The person wants messages from the other one no longer, or again. Beyond BLOCKED_MAX nothing is stored. @throws StoreUnavailable */
  block(person: string, other: string, on: boolean): Promise<void>
  /** Whom the person does not want messages from. @throws StoreUnavailable */
  blocked(person: string): Promise<string[]>
  /** Those of these people who do not want messages from the other one. @throws StoreUnavailable */
  blockedBy(people: readonly string[], other: string): Promise<string[]>
  /**
   * Removes the person, unless they have an account; the name is free at once.
   * @returns whether the person is no longer stored
   * @throws StoreUnavailable
   */
  remove(id: string): Promise<boolean>
}

/** Where a person stands among the folded names. The name is last but for the id, so people of one name have an order too. */
export const placeOf = ({ id, name }: FoundPerson): string => `${folded(name)}\0${id}`
/** Above every place that begins with the prefix. */
export const AFTER_ALL = '\u{10ffff}'
