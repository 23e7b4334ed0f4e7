// Who owns which name, for everything that signs people in. Three things decide: the store, in one atomic step; who is present, because
// guests' names and those of an earlier build are in no store; and words that stand for a role.
import { hash, randomInt } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { NAME_MAX_CODE_POINTS, newId, type Person } from '../contract.ts'
import { ChatError } from '../errors.ts'
import { skeletonsOf } from '../names.ts'
import type { People } from '../presence/presence.ts'
import { claimsRole } from './role-words.ts'
import { NAME_LASTS_MS, SEEN_EVERY_MS, UNUSED_NAME_LASTS_MS, type PeopleStore } from './store.ts'

const FORM_BYTES = 16
/** People who are remembered as seen today, so that seeing them costs no store call again. */
const LAST_SEEN_MAX = 20_000
/** Numbers that a suggested name may have, from few to many digits, and how many of each are tried. */
const SUGGESTED = [
  { below: 10, tries: 4 },
  { below: 100, tries: 3 },
  { below: 10_000, tries: 3 }
]
const NUMBER_AT_END = / \d{1,4}$/u
const LONGEST_NUMBER = ' 9999'.length

export interface SignIn {
  name: string
  /** What proves that a repeated sign-in comes from the same program. */
  secret?: string | undefined
  /** Moderators may have names with words that stand for a role. */
  moderator: boolean
}

export interface Registry {
  /**
   * Claims the name for a new person, or for the one that has it and this secret. It lasts 30 days once the person's session is used.
   * @param refusal why nobody new comes in; then only the person that has the secret does
   * @returns the person's id
   * @throws ChatError name-reserved; the refusal; name-taken, with a name that is free; StoreUnavailable, then a repeat with the secret finds the person
   */
  signIn(signIn: SignIn, refusal?: ChatError | null): Promise<string>
  /**
   * Claims another name for the person and releases the former one, in one step. The person's own name is never refused.
   * @throws as `signIn`
   */
  rename(person: Person, signIn: SignIn): Promise<void>
  /**
   * Somebody with a valid session is here: the person keeps the name for another 30 days. A person whom the store does not know, from
   * an earlier build, is stored under the name of the session if nobody owns it; otherwise the session works without owning its name.
   */
  seen(person: Person): void
  /** No secret of an earlier sign-in finds the person any more; a session may bring a new one. @throws StoreUnavailable */
  forgetSecret(id: string): Promise<void>
  /** The name of a person with an account. @throws ChatError sign-in when there is no such person; StoreUnavailable */
  nameOf(id: string): Promise<string>
  /**
   * The person has left: the name is free, unless an account keeps it.
   * @returns whether the person is gone
   * @throws StoreUnavailable
   */
  leave(id: string): Promise<boolean>
}

export function createRegistry(options: {
  store: PeopleStore
  people: Pick<People, 'named'>
  clock: Pick<Clock, 'now'>
  onError(cause: unknown): void
}): Registry {
  const { store, people, clock, onError } = options
  /** By person: the name and the time when the person was last stored as seen. */
  const lastSeen = new Map<string, { name: string; at: number }>()

  /** @throws ChatError name-reserved */
  function checkWords({ name, moderator }: SignIn) {
    if (!moderator && claimsRole(name)) throw new ChatError('name-reserved')
  }

  const taken = async (name: string) => new ChatError('name-taken', undefined, await suggest(name))

  /** A name like this one that nobody has. @throws StoreUnavailable */
  async function suggest(name: string): Promise<string | undefined> {
    const base = Array.from(name.replace(NUMBER_AT_END, ''))
      .slice(0, NAME_MAX_CODE_POINTS - LONGEST_NUMBER)
      .join('')
    const numbers = SUGGESTED.flatMap(({ below, tries }) => Array.from({ length: tries }, () => randomInt(2, below)))
    const names = [...new Set([2, 3, ...numbers])].map((number) => `${base.trimEnd()} ${number}`)
    const free = await store.free(names.map(formsOf))
    return names.find((each, place) => free[place] && !people.named(each))
  }

  return {
    async signIn(signIn, refusal = null) {
      checkWords(signIn)
      const { name } = signIn
      const id = newId()
      const owner = await store.claim({ id, forMs: UNUSED_NAME_LASTS_MS, ...claimFor(signIn) })
      if (owner === null) throw refusal ?? (await taken(name))
      // Present without owning the name: from an earlier build, or its look-alike was claimed first.
      if (owner === id && (refusal || people.named(name))) {
        await store.remove(id)
        throw refusal ?? (await taken(name))
      }
      return owner
    },

    async rename(person, signIn) {
      const { name } = signIn
      const isNew = name !== person.name
      if (isNew) checkWords(signIn)
      if (isNew && people.named(name, person.key)) throw await taken(name)
      lastSeen.delete(person.id)
      const owner = await store.claim({ id: person.id, forMs: NAME_LASTS_MS, ...claimFor(signIn) })
      if (isNew && owner !== person.id) throw await taken(name)
    },

    seen({ id, name }) {
      const known = lastSeen.get(id)
      if (known && known.name === name && clock.now() - known.at < SEEN_EVERY_MS) return
      lastSeen.delete(id)
      lastSeen.set(id, { name, at: clock.now() })
      const [oldest] = lastSeen.keys()
      if (lastSeen.size > LAST_SEEN_MAX && oldest !== undefined) lastSeen.delete(oldest)
      store.claim({ id, name, forms: formsOf(name), forMs: NAME_LASTS_MS }).catch((cause: unknown) => {
        lastSeen.delete(id)
        onError(cause)
      })
    },

    forgetSecret: store.forgetSecret,

    async nameOf(id) {
      const person = await store.person(id)
      if (!person) throw new ChatError('sign-in')
      return person.name
    },

    async leave(id) {
      lastSeen.delete(id)
      return store.remove(id)
    }
  }
}

const claimFor = ({ name, secret }: SignIn) => ({
  name,
  forms: formsOf(name),
  ...(secret !== undefined && { secret: hashOf(secret) })
})

/** The forms of a name in which it is owned. Spaces make no difference: "Ana Maria" owns "AnaMaria" too. */
export const formsOf = (name: string): string[] => [
  ...new Set(skeletonsOf(name).map((form) => hashOf(form.replaceAll(' ', ''))))
]

const hashOf = (text: string) => hash('sha256', text, 'buffer').subarray(0, FORM_BYTES).toString('base64url')
