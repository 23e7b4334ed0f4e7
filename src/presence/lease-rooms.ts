// What a lease says about the people of this instance. Each name is written once, in the first room of its person, and the whole
// is bounded: many long names, or people in many rooms, must not fill a Redis that every instance reads every few seconds.
import type { Present } from '../contract.ts'
import { CROWD_PEOPLE, NAMED_PEOPLE, type LeaseRoom } from './store.ts'

/** Bytes of names, with what belongs to them, in one lease. Beyond it the longest names are left out, and their people are counted. */
export const LEASE_NAMES_MAX_BYTES = 400_000
/** People times rooms whose keys are in one lease. Beyond it the largest rooms are crowds, of which a lease has the number only. */
export const LEASE_KEYS_MAX = 20_000
/** A person's key, region and idle time around the name. */
const PERSON_BYTES = 100

export interface LeaseRoomsOptions {
  /** A room with more people than this is a crowd; see `crowdAbove`. */
  crowd: number
  /** Writes each name in every room of its person: an earlier build that reads the lease looks nowhere else. */
  namesInEveryRoom: boolean
}

export function leaseRooms(
  rooms: ReadonlyMap<string, readonly Present[]>,
  { crowd, namesInEveryRoom }: LeaseRoomsOptions
): Map<string, LeaseRoom> {
  const listed = [...rooms].map(([room, people]): Listed => {
    const isCrowd = people.length > crowd
    // Of a crowd nothing but its list says who is there.
    return { room, people, isCrowd, candidates: candidates(people, isCrowd), always: isCrowd || namesInEveryRoom }
  })
  const isAffordable = affordable(listed)
  const written = new Map<string, Present>()
  return new Map(
    listed.map(({ room, people, isCrowd, candidates, always }) => {
      const names = candidates.filter(isAffordable).filter((who) => {
        const before = written.get(who.key)
        if (!before) written.set(who.key, who)
        return always || !before || !isSame(before, who)
      })
      return [room, { count: people.length, keys: isCrowd ? [] : people.map(({ key }) => key), people: names }]
    })
  )
}

interface Listed {
  room: string
  people: readonly Present[]
  isCrowd: boolean
  candidates: readonly Present[]
  /** Names its people also if another room does. */
  always: boolean
}

/** The people of a lease by key, wherever in it they are named. */
export function namesIn(rooms: ReadonlyMap<string, LeaseRoom>): Map<string, Present> {
  const named = new Map<string, Present>()
  for (const { people } of rooms.values()) for (const who of people) if (!named.has(who.key)) named.set(who.key, who)
  return named
}

/** The size above which a room is a crowd, so that the keys of all other rooms fit into a lease. */
export function crowdAbove(sizes: readonly number[]): number {
  let keys = sizes.reduce((sum, size) => sum + size, 0)
  let above = CROWD_PEOPLE
  for (const size of sizes.toSorted((a, b) => b - a)) {
    if (size <= above && keys <= LEASE_KEYS_MAX) break
    above = Math.min(above, size - 1)
    keys -= size
  }
  return above
}

/** Guests are always named, as their clients speak in names; of the others, the first ones. */
const candidates = (people: readonly Present[], isCrowd: boolean): readonly Present[] =>
  isCrowd ? people.slice(0, NAMED_PEOPLE) : people.filter(({ guest }, place) => guest || place < NAMED_PEOPLE)

/** Which people can be named. The shortest names come first: somebody who takes a long one pushes nobody else out. */
function affordable(rooms: readonly Listed[]): (who: Present) => boolean {
  const costs = new Map<string, number>()
  let total = 0
  for (const { candidates, always } of rooms)
    for (const { key, name } of candidates) {
      const before = costs.get(key)
      if (before !== undefined && !always) continue
      const cost = PERSON_BYTES + Buffer.byteLength(name)
      costs.set(key, (before ?? 0) + cost)
      total += cost
    }
  if (total <= LEASE_NAMES_MAX_BYTES) return () => true
  let left = LEASE_NAMES_MAX_BYTES
  const named = new Set<string>()
  for (const [key, cost] of [...costs].toSorted(([, a], [, b]) => a - b)) {
    left -= cost
    if (left < 0) break
    named.add(key)
  }
  return ({ key }) => named.has(key)
}

const isSame = (one: Present, other: Present) =>
  one.name === other.name &&
  one.guest === other.guest &&
  one.region === other.region &&
  one.idleSince === other.idleSince
