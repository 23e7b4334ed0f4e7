// Where it is stored how people sign in besides with their names, and what a ceremony of two steps remembers between them. A person with
// an account keeps the name for good.

/** When the name of somebody with an account is free again: never. */
export const FOREVER = Date.UTC(9_999, 0, 1)

export interface AccountChange {
  person: string
  /** The account as it was read; null for none. */
  before: string | null
  /** JSON, of which the store reads `subject`: who the person is elsewhere, which only one account may be. Null ends the account. */
  after: string | null
}

export interface AccountStore {
  /** JSON; null for a person without an account. @throws StoreUnavailable */
  read(person: string): Promise<string | null>
  /** The person whose account has this subject. @throws StoreUnavailable */
  bySubject(subject: string): Promise<string | null>
  /**
   * Replaces the account in one step, and the time that the person's name lasts: for good, or 30 days from now on after the account.
   * @returns `changed` when the account is no longer as it was read, `gone` when the store does not know the person, `taken` when another
   *   account has the subject; then nothing has changed
   * @throws StoreUnavailable; then it is unknown whether anything has changed
   */
  replace(change: AccountChange): Promise<'done' | 'changed' | 'gone' | 'taken'>
  /** Remembers a value for this time by the store's clock. @throws StoreUnavailable */
  put(key: string, value: string, forMs: number): Promise<void>
  /** The value, to one caller only; null when it is unknown, over or taken. @throws StoreUnavailable */
  take(key: string): Promise<string | null>
}
