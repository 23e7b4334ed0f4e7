// People in Redis: a hash of people, a hash of who owns which form of a name, a sorted set of people by the end of their time, and one by
// their folded names, as `place` of a person says. Earlier builds do not know the last one, so whatever is found there is compared.
import * as v from 'valibot'
import { openRedisStore, type RedisStoreOptions } from '../redis/store.ts'
import { folded } from '../contract.ts'
import {
  blockScript,
  blockedScript,
  claimScript,
  forgetSecretScript,
  freeScript,
  namesScript,
  ownersScript,
  peopleKeys,
  personScript,
  removeScript,
  searchScript
} from './people-scripts.ts'
import { AFTER_ALL, type FoundPerson, type PeopleStore } from './store.ts'

const owner = v.nullable(v.string())
const pairs = v.array(v.string())
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
  const { run, time } = openRedisStore(options)

  // It depends on no time, and the time of Redis is one more command.
  const blockedOf = async (people: readonly string[]) =>
    v.parse(pairs, await run(blockedScript, keys, ['0', ...people])).map((all) => all.split(' ').slice(0, -1))

  return {
    claim: async ({ id, name, forms, secret = '', forMs }) =>
      v.parse(owner, await run(claimScript, keys, [time(), id, name, secret, `${forMs}`, folded(name), ...forms])),
    async free(names) {
      const isFree = v.parse(flags, await run(freeScript, keys, [time(), ...names.flat()]))
      let place = 0
      return names.map(({ length }) => !isFree.slice(place, (place += length)).includes(0))
    },
    async owners(forms) {
      // The end of a name needs no exact time, and the time of Redis is one more command.
      const owners = v.parse(pairs, await run(ownersScript, keys, [time() || `${Date.now()}`, ...forms]))
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
      return ids.length === 0 ? [] : readPairs(v.parse(pairs, await run(namesScript, keys, [time(), ...ids])))
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
      const lists = await blockedOf(people)
      return people.filter((_, place) => lists[place]?.includes(other))
    },
    async remove(id) {
      return (await run(removeScript, keys, [time(), id])) === 1
    }
  }
}

const readPairs = (pairs: readonly string[]): FoundPerson[] =>
  pairs.flatMap((id, n) => (n % 2 === 0 ? [{ id, name: v.parse(personFields, JSON.parse(pairs[n + 1]!)).name }] : []))
