// The account of a person: the passkeys, and who the person is at the OpenID provider. All changes of one account happen one after the
// other, on all instances, because each replaces exactly what it has read.
import * as v from 'valibot'
import { CeremonyFailed, ChatError } from '../errors.ts'
import type { AccountStore } from '../people/account-store.ts'

/** Changes of one person that meet, at most: a person has two hands. */
const ATTEMPTS = 5

const passkey = v.object({
  id: v.string(),
  /** The public key in COSE, in base64url. */
  key: v.string(),
  /** What the authenticator has counted; 0 for those that don't count. */
  counter: v.number(),
  transports: v.array(v.string()),
  /** The RP id: the host name that it was made for. */
  host: v.string(),
  name: v.string(),
  createdAt: v.number(),
  usedAt: v.nullable(v.number())
})
export type Passkey = v.InferOutput<typeof passkey>

// The fields of a newer version stay.
const account = v.looseObject({
  passkeys: v.array(passkey),
  /** Issuer and subject. */
  subject: v.optional(v.string())
})
export type Account = v.InferOutput<typeof account>

export type Accounts = ReturnType<typeof createAccounts>

export function createAccounts(store: AccountStore) {
  const parsed = (json: string | null): Account =>
    json === null ? { passkeys: [] } : v.parse(account, JSON.parse(json))

  async function change(person: string, edit: (account: Account) => Account): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const before = await store.read(person)
      const next = edit(parsed(before))
      const isEmpty = next.passkeys.length === 0 && next.subject === undefined
      const result = await store.replace({ person, before, after: isEmpty ? null : JSON.stringify(next) })
      if (result === 'done') return
      if (result === 'gone') throw new ChatError('sign-in')
      if (result === 'taken') throw new CeremonyFailed('subject-taken')
    }
    throw new ChatError('unavailable')
  }

  return {
    /** The person whose account has this subject. @throws StoreUnavailable */
    bySubject: store.bySubject,

    /** Ends the account with all that is in it. @throws StoreUnavailable */
    end: (person: string): Promise<void> => change(person, () => ({ passkeys: [] })),

    /** An empty one for a person without. @throws StoreUnavailable */
    read: async (person: string): Promise<Account> => parsed(await store.read(person)),

    /**
     * One that is empty afterwards ends. `edit` may be called again, with a newer state, and refuses by throwing.
     * @throws CeremonyFailed subject-taken; ChatError sign-in for a person who is gone; StoreUnavailable
     */
    change
  }
}
