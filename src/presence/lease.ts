// A lease is one instance's record of its people: its shape, its limits, its text form in a store, and how its people are compared.
import * as v from 'valibot'
import { isRoomId, type Present } from '../contract.ts'

/** From version 2 on, a name is written in one room of its person only; readers look in all rooms of the lease. */
export const LEASE_VERSION = 2
/** Named people per room and lease; the others are written as keys. Guests are always named: compatible clients know people by name. */
export const NAMED_PEOPLE = 200
/** Bytes of names and what belongs to them in one lease. The longest names beyond it are left out; their people are counted. */
export const LEASE_NAMES_MAX_BYTES = 400_000
/** Keys (people times rooms) in one lease. Beyond it, the largest rooms are written as a number only. */
export const LEASE_KEYS_MAX = 20_000
/** A person's key, region and idle time around the name. */
const PERSON_BYTES = 100

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const text = v.pipe(v.string(), v.minLength(1))
const present = v.object({
  key: text,
  name: text,
  guest: v.boolean(),
  region: v.string(),
  idleSince: v.exactOptional(whole)
})
const room = v.pipe(
  v.string(),
  v.check((id) => isRoomId(id))
)
const record = v.object({
  v: whole,
  instance: text,
  boot: text,
  region: v.string(),
  version: whole,
  moving: v.boolean(),
  // Pairs, not an object: a room may be called "constructor".
  rooms: v.array(v.tuple([room, v.object({ count: whole, keys: v.array(text), people: v.array(present) })]))
})

export interface LeaseRoom {
  /** How many people the instance has in the room. */
  count: number
  /** Their keys. Empty when the room is written as a number only. */
  keys: string[]
  /** The named ones among them. A name in another room of the lease holds for this room as well. */
  people: Present[]
}

export interface Lease {
  v: number
  /** Machine id; the same after a restart. */
  instance: string
  /** Random; new at each start. */
  boot: string
  region: string
  /** Counts the changes of this lease. A higher one is newer, whatever the order of arrival. */
  version: number
  /** The instance is draining: its people leave this lease when another lease names them, or when it expires. */
  moving: boolean
  rooms: Map<string, LeaseRoom>
}

export function encodeLease(lease: Lease): string {
  return JSON.stringify({ ...lease, rooms: [...lease.rooms] })
}

/** The readable leases in a store's answer. Garbage, and newer versions with other fields, are left out. */
export function decodeLeases(answer: unknown): Lease[] {
  if (!Array.isArray(answer)) return []
  return answer.flatMap((written) => {
    const read = v.safeParse(record, parse(written))
    return read.success ? [{ ...read.output, rooms: new Map(read.output.rooms) }] : []
  })
}

function parse(written: unknown): unknown {
  if (typeof written !== 'string') return null
  try {
    return JSON.parse(written)
  } catch {
    return null
  }
}

/** All named people of a lease by key, in whichever room they are named. */
export function namesIn(rooms: ReadonlyMap<string, LeaseRoom>): Map<string, Present> {
  const named = new Map<string, Present>()
  for (const { people } of rooms.values())
    for (const person of people) if (!named.has(person.key)) named.set(person.key, person)
  return named
}

/** The room size above which rooms are written as a number only, so that the keys of all others fit into one lease. */
export function largestListed(sizes: readonly number[]): number {
  let keys = sizes.reduce((sum, size) => sum + size, 0)
  let largest = Infinity
  for (const size of sizes.toSorted((a, b) => b - a)) {
    if (size <= largest && keys <= LEASE_KEYS_MAX) break
    largest = size - 1
    keys -= size
  }
  return largest
}

interface Listed {
  room: string
  people: readonly Present[]
  isNumber: boolean
  candidates: readonly Present[]
  /** Names its people even if another room does. */
  always: boolean
}

/**
 * The rooms of a lease, within its limits. `largest`: see `largestListed`. `namesInEveryRoom`: for readers of version 1, which look
 * for a name only in the room itself.
 */
export function leaseRooms(
  rooms: ReadonlyMap<string, readonly Present[]>,
  { largest, namesInEveryRoom }: { largest: number; namesInEveryRoom: boolean }
): Map<string, LeaseRoom> {
  const listed = [...rooms].map(([room, people]): Listed => {
    const isNumber = people.length > largest
    // Without keys, only the room's own list says who is there.
    return { room, people, isNumber, candidates: candidates(people, isNumber), always: isNumber || namesInEveryRoom }
  })
  const isAffordable = affordable(listed)
  const written = new Map<string, Present>()
  return new Map(
    listed.map(({ room, people, isNumber, candidates, always }) => {
      const named = candidates.filter(isAffordable).filter((person) => {
        const before = written.get(person.key)
        if (!before) written.set(person.key, person)
        return always || !before || !isSame(before, person)
      })
      return [room, { count: people.length, keys: isNumber ? [] : people.map(({ key }) => key), people: named }]
    })
  )
}

const candidates = (people: readonly Present[], isNumber: boolean): readonly Present[] =>
  isNumber ? people.slice(0, NAMED_PEOPLE) : people.filter(({ guest }, place) => guest || place < NAMED_PEOPLE)

/** Which people can be named. The shortest names come first, so a person with a long name cannot push others out. */
function affordable(rooms: readonly Listed[]): (person: Present) => boolean {
  const costs = new Map<string, number>()
  for (const { candidates, always } of rooms)
    for (const { key, name } of candidates) {
      const before = costs.get(key)
      if (before === undefined || always) costs.set(key, (before ?? 0) + PERSON_BYTES + Buffer.byteLength(name))
    }
  let left = LEASE_NAMES_MAX_BYTES
  const named = new Set<string>()
  for (const [key, cost] of [...costs].toSorted(([, a], [, b]) => a - b)) {
    left -= cost
    if (left < 0) break
    named.add(key)
  }
  return ({ key }) => named.has(key)
}

const isSame = (one: Present, other: Present) => sameName(one, other) && sameState(one, other)
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
  let latest: number | undefined
  for (const { idleSince } of devices) {
    if (idleSince === undefined) return undefined
    latest = Math.max(latest ?? idleSince, idleSince)
  }
  return latest
}
