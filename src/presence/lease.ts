// A lease is one instance's record of its people: its shape, its limits, its text form in a store, and how its people are compared.
import * as v from 'valibot'
import { present, room as roomId } from '../bus/messages.ts'
import type { Present } from '../contract.ts'

/**
 * Shows what an instance understands. Since 4, readers look for a name in all rooms of a lease, take messages from the bus entries that
 * the append script writes, and each write of a shared store notes its end (`END_FIELDS` in log/redis/keys.ts); since 5, each change of a
 * room's settings does, too; since 6, each change of the list of rooms, a title or an owner; since 7, they take pushes
 * (bus/redis-bus.ts). The previous build has 1.
 */
export const LEASE_VERSION = 7
/** Named people per room and lease; the others are written as keys. Guests are always named: compatible clients know people by name. */
export const NAMED_PEOPLE = 200
/** Bytes of names and what belongs to them in one lease. The longest names beyond it are left out; their people are counted. */
export const LEASE_NAMES_MAX_BYTES = 400_000
/** Keys (people times rooms) in one lease. Beyond it, the largest rooms are written as a number only. */
export const LEASE_KEYS_MAX = 20_000
/** On average. */
const PEOPLE_PER_LINE = 8
const KEYS_PER_LINE = 32
/** A person's key, region and idle time around the name. */
const PERSON_BYTES = 100

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const text = v.pipe(v.string(), v.minLength(1))
const leaseRoom = v.object({
  /** How many people the instance has in the room. */
  count: whole,
  /** Their keys. Empty when the room is written as a number only. */
  keys: v.array(text),
  /** The named ones among them. A name in another room of the lease holds for this room as well. */
  people: v.array(present)
})
const record = v.object({
  v: whole,
  /** Machine id; the same after a restart. */
  instance: text,
  /** Random; new at each start. */
  boot: text,
  region: v.string(),
  /** Counts the changes of this lease. A higher one is newer, whatever the order of arrival. */
  version: whole,
  /** The instance is draining: its people leave this lease when another lease names them, or when it expires. */
  moving: v.boolean(),
  // Pairs, not an object: a room may be called "constructor".
  rooms: v.pipe(
    v.array(v.tuple([roomId, leaseRoom])),
    v.transform((rooms) => new Map(rooms))
  )
})
const written = v.pipe(v.string(), v.parseJson(), record)

export type LeaseRoom = v.InferOutput<typeof leaseRoom>
export type Lease = v.InferOutput<typeof record>
export type LeaseRooms = Lease['rooms']

export const placeOf = (room: string, key: string) => `${room} ${key}`
export const idOf = ({ instance, boot }: Pick<Lease, 'instance' | 'boot'>) => `${instance}:${boot}`

/**
 * JSON in lines. A line ends with people whom chance has chosen by their keys, so a change of one person changes only the line that they
 * are in, and the others need not travel again.
 */
export function encodeLease({ rooms, ...about }: Lease): string {
  const texts = [...rooms].map(([id, { count, keys, people }]) => {
    const listed = inLines(keys, (key) => key, KEYS_PER_LINE)
    const named = inLines(people, ({ key }) => key, PEOPLE_PER_LINE)
    return `[${JSON.stringify(id)},{"count":${count},"keys":[${listed}],"people":[${named}]}]`
  })
  return `${JSON.stringify(about).slice(0, -1)},"rooms":[${texts.join(',')}]}`
}

function inLines<T>(list: readonly T[], keyOf: (one: T) => string, perLine: number): string {
  const isLast = (key: string) => (key.charCodeAt(0) + key.charCodeAt(1)) % perLine === 0
  return `\n${list.map((one) => JSON.stringify(one) + (isLast(keyOf(one)) ? '\n' : '')).join(',')}\n`
}

/** The readable leases in a store's answer. Garbage, and newer versions with other fields, are left out. */
export function decodeLeases(answer: unknown): Lease[] {
  return (Array.isArray(answer) ? answer : []).flatMap((one) => {
    const read = v.safeParse(written, one)
    return read.success ? [read.output] : []
  })
}

/** All named people of a lease by key, in whichever room they are named. */
export function namesIn(rooms: LeaseRooms): Map<string, Present> {
  const people = [...rooms.values()].flatMap((room) => room.people)
  // The first one counts.
  return new Map(people.toReversed().map((person) => [person.key, person]))
}

/**
 * The rooms of a lease, within its limits: the largest rooms and the longest names are left out first. `namesInEveryRoom`: for readers
 * of the previous build, which look for a name only in the room itself.
 */
export function leaseRooms(rooms: ReadonlyMap<string, readonly Present[]>, namesInEveryRoom: boolean): LeaseRooms {
  const isListed = smallest(new Map([...rooms].map(([room, { length }]) => [room, length])), LEASE_KEYS_MAX)
  const costs = new Map<string, number>()
  const listed = [...rooms].map(([room, people]) => {
    const isNumber = !isListed(room)
    // Without keys, only the room's own list says who is there.
    const isAlone = isNumber || namesInEveryRoom
    const candidates = people.filter(({ guest }, nth) => nth < NAMED_PEOPLE || (guest && !isNumber))
    for (const { key, name } of candidates) {
      const before = costs.get(key) ?? 0
      if (before === 0 || isAlone) costs.set(key, before + PERSON_BYTES + Buffer.byteLength(name))
    }
    return { room, people, isNumber, isAlone, candidates }
  })
  const isAffordable = smallest(costs, LEASE_NAMES_MAX_BYTES)
  const named = new Map<string, Present>()
  return new Map(
    listed.map(({ room, people, isNumber, isAlone, candidates }) => {
      const some = candidates.filter((person) => {
        if (!isAffordable(person.key)) return false
        const before = named.get(person.key)
        if (!before) named.set(person.key, person)
        return isAlone || !before || !sameName(before, person) || !sameState(before, person)
      })
      return [room, { count: people.length, keys: isNumber ? [] : people.map(({ key }) => key), people: some }]
    })
  )
}

/** Which keys stay when the largest are left out until the sum of the sizes fits. */
function smallest(sizes: ReadonlyMap<string, number>, max: number): (key: string) => boolean {
  let sum = [...sizes.values()].reduce((all, size) => all + size, 0)
  if (sum <= max) return () => true
  const left = new Set<string>()
  for (const [key, size] of [...sizes].toSorted(([, a], [, b]) => b - a)) {
    if (sum <= max) break
    left.add(key)
    sum -= size
  }
  return (key) => !left.has(key)
}

export const sameName = (one: Present, other: Present) => one.name === other.name && one.guest === other.guest
export const sameState = (one: Present, other: Present) =>
  one.region === other.region && one.idleSince === other.idleSince

export function withIdle(person: Present, since: number | undefined): Present {
  if (person.idleSince === since) return person
  const { idleSince: _, ...active } = person
  return since === undefined ? active : { ...active, idleSince: since }
}

/** A person is as idle as the least idle of their devices. */
export function leastIdle(devices: Iterable<Present>): number | undefined {
  const since = [...devices].map(({ idleSince }) => idleSince ?? Infinity)
  const latest = Math.max(...since)
  return latest === Infinity ? undefined : latest
}

/** What became different in a room. All lists are empty when only a total did. */
export interface Difference {
  room: string
  joined: Present[]
  /** A person who took another name is in both lists, and left before they joined. */
  left: Present[]
  /** Still here under the same name, but idle, no longer idle, or in another region: before and now. */
  changed: [was: Present, is: Present][]
}

/** By room and key: the person before the first change since the last look. */
export type Before = Map<string, Map<string, Present | undefined>>

/** Call it before a person changes. Only the first call for a person counts. */
export function note(before: Before, room: string, key: string, person: Present | undefined) {
  const people = getOrPut(before, room, () => new Map<string, Present | undefined>())
  if (!people.has(key)) people.set(key, person)
}

/** Joins two intervals: the earlier one knows best what was there before. */
export function joinIntervals(earlier: Before, later: Before): Before {
  for (const [room, people] of later) for (const [key, person] of people) note(earlier, room, key, person)
  return earlier
}

/**
 * One difference for each room that changed. A change that was undone in between is not reported. People known only by key are
 * counted and not listed.
 */
export function differences(before: Before, now: (room: string, key: string) => Present | undefined): Difference[] {
  return [...before].flatMap(([room, people]) => {
    const pairs = [...people].map(([key, was]) => ({ was, is: now(room, key) }))
    const moved = pairs.filter(({ was, is }) => (was && is ? was.name !== '' && !sameName(was, is) : was !== is))
    const left = moved.flatMap(({ was }) => (was?.name ? [was] : []))
    const joined = moved.flatMap(({ is }) => (is?.name ? [is] : []))
    const changed = pairs.flatMap(({ was, is }): Difference['changed'] =>
      was && is && sameName(was, is) && !sameState(was, is) ? [[was, is]] : []
    )
    return moved.length + changed.length > 0 ? [{ room, joined, left, changed }] : []
  })
}

/** The value under this key, put there first if there is none. */
export function getOrPut<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
}
