// People in Redis: a hash of people, a hash of who owns which form of a name, a sorted set of people by the end of their time, and one by
// their folded names, as `place` of a person says. Earlier builds do not know the last one, so whatever is found there is compared.
import * as v from 'valibot'
import { openRedisStore, type RedisStoreOptions } from '../redis/store.ts'
import { folded } from '../contract.ts'
import {
  blockScript,
  blocksKey,
  claimScript,
  forgetSecretScript,
  freeScript,
  ownersScript,
  peopleKeys,
  personScript,
  removeScript,
  searchScript
} from './people-scripts.ts'
import { AFTER_ALL, type FoundPerson, type PeopleStore } from './store.ts'

const owner = v.nullable(v.string())
const pairs = v.array(v.string())
const perhaps = v.array(owner)
const flags = v.array(v.picklist([0, 1]))
const personFields = v.object({
  name: v.string(),
  createdAt: v.number(),
  seenAt: v.number(),
  expiresAt: v.number()
})

export function createRedisPeople(options: RedisStoreOptions): PeopleStore {
  const { prefix } = options
  const keys = peopleKeys(prefix)
  const { ask, run, time } = openRedisStore(options)

  /** The end of a name needs no exact time, and the time of Redis is one more command. */
  const timeNearly = () => Number(time() || Date.now())
  /** The list of each. */
  const blockedOf = async (people: readonly string[]) =>
    v
      .parse(perhaps, await ask(['HMGET', blocksKey(prefix), ...people]))
      .map((all) => all?.split(' ').slice(0, -1) ?? [])

  return {
    claim: async ({ id, name, forms, secret = '', forMs }) =>
      v.parse(owner, await run(claimScript, keys, [time(), id, name, secret, `${forMs}`, folded(name), ...forms])),
    async free(names) {
      const isFree = v.parse(flags, await run(freeScript, keys, [time(), ...names.flat()]))
      let place = 0
      return names.map(({ length }) => !isFree.slice(place, (place += length)).includes(0))
    },
    async owners(forms) {
      const owners = v.parse(pairs, await run(ownersScript, keys, [`${timeNearly()}`, ...forms]))
      return owners.map((id) => id || null)
    },
    async person(id) {
      const json = v.parse(owner, await run(personScript, keys, [time(), id]))
      return json === null ? null : v.parse(personFields, JSON.parse(json))
    },
    async search(prefix, from) {
      const args = [time(), from ?? folded(prefix), folded(prefix) + AFTER_ALL]
      const [next, found] = v.parse(v.tuple([v.string(), pairs]), await run(searchScript, keys, args))
      // A place that an earlier build has left behind has another name.
      const people = readPairs(found).filter((person) => folded(person.name).startsWith(folded(prefix)))
      return { people, ...(next && { next }) }
    },
    async names(ids) {
      if (ids.length === 0) return []
      const stored = v.parse(perhaps, await ask(['HMGET', keys[0] ?? '', ...ids]))
      return ids.flatMap((id, place) => {
        const person = stored[place] ? v.parse(personFields, JSON.parse(stored[place])) : null
        return person && person.expiresAt > timeNearly() ? [{ id, name: person.name }] : []
      })
    },
    async forgetSecret(id) {
      await run(forgetSecretScript, keys, [time(), id])
    },
    async block(person, other, on) {
      await run(blockScript, keys, [time(), person, other, on ? '1' : '0'])
    },
    async blocked(person) {
      const [all = []] = await blockedOf([person])
      return all
    },
    async blockedBy(people, other) {
      const lists = people.length === 0 ? [] : await blockedOf(people)
      return people.filter((_, place) => lists[place]?.includes(other))
    },
    async remove(id) {
      return (await run(removeScript, keys, [time(), id])) === 1
    }
  }
}

const readPairs = (pairs: readonly string[]): FoundPerson[] =>
  pairs.flatMap((id, n) => (n % 2 === 0 ? [{ id, name: v.parse(personFields, JSON.parse(pairs[n + 1]!)).name }] : []))
