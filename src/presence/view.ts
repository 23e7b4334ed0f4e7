// The presence view: the union of all leases, as data. A person in several leases is one. The view knows neither time nor a store; it
// takes in leases, whole or change by change, and returns what became different. Nothing else computes differences.
import type { Present, RoomPeople, RoomTotals } from '../contract.ts'
import { createEveryone, roomPeople, withNumbers, type RoomNumber } from './everyone.ts'
import { leastIdle, namesIn, sameName, sameState, withIdle, type Lease } from './lease.ts'

/** What became different in a room. All lists are empty when only a total did. */
export interface Difference {
  room: string
  joined: Present[]
  /** A person who took another name is in both lists, and left before they joined. */
  left: Present[]
  /** Still here under the same name, but idle, no longer idle, or in another region. */
  changed: Present[]
}

/** By room and key: the person before the first change since the last look. */
export type Before = Map<string, Map<string, Present | undefined>>

/** Call it before a person changes. Only the first call for a person counts. */
export function note(before: Before, room: string, key: string, person: Present | undefined) {
  const people = before.get(room) ?? new Map<string, Present | undefined>()
  if (!people.has(key)) people.set(key, person)
  before.set(room, people)
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
  const found: Difference[] = []
  for (const [room, people] of before) {
    const pairs = [...people].map(([key, was]) => ({ was, is: now(room, key) }))
    const moved = pairs.filter(({ was, is }) => (was && is ? was.name !== '' && !sameName(was, is) : was !== is))
    const left = moved.flatMap(({ was }) => (was?.name ? [was] : []))
    const joined = moved.flatMap(({ is }) => (is?.name ? [is] : []))
    const changed = pairs.flatMap(({ was, is }) => (was && is && sameName(was, is) && !sameState(was, is) ? [is] : []))
    if (moved.length + changed.length > 0) found.push({ room, joined, left, changed })
  }
  return found
}

interface Entry {
  shown: Present
  /** The person as each lease has them. */
  holders: Map<string, Present>
}

export type View = ReturnType<typeof createView>

export function createView() {
  const rooms = new Map<string, Map<string, Entry>>()
  /** By room and lease: the rooms that a lease has as a number only. */
  const numbers = new Map<string, Map<string, RoomNumber>>()
  /** By lease and room: the keys in the lease. */
  const leases = new Map<string, Map<string, Set<string>>>()
  /** Moving leases, and the places of people found in another lease since: reading the old lease again does not bring them back. */
  const moving = new Map<string, Set<string>>()
  const everyone = createEveryone()
  const views = new Map<string, RoomPeople>()
  let before: Before = new Map()
  /** Guests found in more than one lease since the last look, by place. A guest is one connection to one instance. */
  let doubled = new Map<string, [room: string, key: string]>()
  /** Rooms with a number that changed. */
  let recounted = new Set<string>()

  const find = (room: string, key: string) => rooms.get(room)?.get(key)
  const holdersOf = (room: string, key: string) => [...(find(room, key)?.holders.keys() ?? [])]
  const isSettled = (lease: string) => !moving.has(lease)
  const roomsOf = (lease: string) => {
    const counted = [...numbers].filter(([, some]) => some.has(lease)).map(([room]) => room)
    return [...new Set([...(leases.get(lease)?.keys() ?? []), ...counted])]
  }
  const keysOf = (lease: string, room: string) => [...(leases.get(lease)?.get(room) ?? [])]

  /** `quiet`: counted and not reported, for people who were part of a number before. */
  function put(lease: string, room: string, person: Present, quiet = false) {
    const { key } = person
    const entry = find(room, key)
    if (moving.get(lease)?.has(placeOf(room, key))) return
    if (moving.has(lease) && holdersOf(room, key).some(isSettled)) return foundElsewhere(lease, room, key)
    const held = entry?.holders.get(lease)
    // A lease names only some of its people; a name once known stays known.
    const known =
      person.name === '' && entry ? withIdle({ ...(held ?? entry.shown), region: person.region }, undefined) : person
    const isOnlyIdle = held !== undefined && sameName(held, known) && held.region === known.region
    if (isOnlyIdle && sameState(held, known)) return
    changing(room, key, entry, quiet)
    if (entry) {
      entry.holders.set(lease, known)
      if (person.guest && entry.holders.size > 1) doubled.set(placeOf(room, key), [room, key])
      show(entry, isOnlyIdle ? entry.shown : known)
    } else {
      const people = rooms.get(room) ?? new Map<string, Entry>()
      rooms.set(room, people.set(key, { shown: known, holders: new Map([[lease, known]]) }))
      everyone.enter(known)
    }
    const places = leases.get(lease) ?? new Map<string, Set<string>>()
    leases.set(lease, places.set(room, (places.get(room) ?? new Set()).add(key)))
    if (isSettled(lease))
      for (const other of holdersOf(room, key)) if (moving.has(other)) foundElsewhere(other, room, key)
  }

  function drop(lease: string, room: string, key: string, quiet = false) {
    leases.get(lease)?.get(room)?.delete(key)
    const entry = find(room, key)
    if (!entry?.holders.has(lease)) return
    changing(room, key, entry, quiet)
    entry.holders.delete(lease)
    const last = [...entry.holders.values()].at(-1)
    if (last) return show(entry, last)
    rooms.get(room)?.delete(key)
    if (rooms.get(room)?.size === 0) rooms.delete(room)
    everyone.leave(key)
  }

  function foundElsewhere(lease: string, room: string, key: string) {
    moving.get(lease)?.add(placeOf(room, key))
    drop(lease, room, key)
  }

  function show(entry: Entry, person: Present) {
    entry.shown = withIdle(person, leastIdle(entry.holders.values()))
    everyone.change(entry.shown)
  }

  function changing(room: string, key: string, entry: Entry | undefined, quiet: boolean) {
    views.delete(room)
    if (!quiet) note(before, room, key, entry?.shown)
  }

  function setNumber(lease: string, room: string, number: RoomNumber | null) {
    const known = numbers.get(room)?.get(lease)
    if (!known && !number) return
    views.delete(room)
    if (known?.count !== number?.count) recounted.add(room)
    const some = numbers.get(room) ?? new Map<string, RoomNumber>()
    if (number) numbers.set(room, some.set(lease, number))
    else if (some.delete(lease) && some.size === 0) numbers.delete(room)
  }

  /** From now on the people of this lease are on their way: whoever is in another lease has left this one. */
  function move(lease: string) {
    if (moving.has(lease)) return
    moving.set(lease, new Set())
    for (const room of roomsOf(lease))
      for (const key of keysOf(lease, room)) if (holdersOf(room, key).some(isSettled)) foundElsewhere(lease, room, key)
  }

  return {
    put: (lease: string, room: string, person: Present) => put(lease, room, person),
    drop: (lease: string, room: string, key: string) => drop(lease, room, key),
    move,

    /** Replaces all that is known of a lease. */
    replace(lease: string, { region, moving: isMoving, rooms: written }: Pick<Lease, 'region' | 'moving' | 'rooms'>) {
      if (isMoving) move(lease)
      for (const room of roomsOf(lease)) {
        const { count = 0, keys = [] } = written.get(room) ?? {}
        const stay = new Set(keys)
        for (const key of keysOf(lease, room)) if (!stay.has(key)) drop(lease, room, key, count > stay.size)
        if (!written.has(room)) setNumber(lease, room, null)
      }
      const names = namesIn(written)
      for (const [room, { count, keys, people }] of written) {
        const here = new Map(people.map((person) => [person.key, person]))
        const wasNumber = numbers.get(room)?.has(lease) ?? false
        for (const key of keys)
          put(lease, room, here.get(key) ?? names.get(key) ?? { key, name: '', guest: false, region }, wasNumber)
        setNumber(lease, room, count > keys.length ? { count, region, people } : null)
      }
    },

    /** Removes a lease, and everyone who is in no other. */
    end(lease: string) {
      for (const room of roomsOf(lease)) {
        for (const key of keysOf(lease, room)) drop(lease, room, key)
        setNumber(lease, room, null)
      }
      leases.delete(lease)
      moving.delete(lease)
    },

    find: (room: string, key: string): Present | undefined => find(room, key)?.shown,
    isIn: (lease: string, room: string, key: string): boolean => find(room, key)?.holders.has(lease) ?? false,

    /** What became different since the last call. */
    changes(): Difference[] {
      const found = differences(before, (room, key) => find(room, key)?.shown)
      for (const { room } of found) recounted.delete(room)
      const totals = [...recounted].map((room): Difference => ({ room, joined: [], left: [], changed: [] }))
      before = new Map()
      recounted = new Set()
      return [...found, ...totals]
    },

    /** Of the guests found in several leases since the last call, those whose key this lease has to give up. */
    shared(lease: string): [room: string, key: string][] {
      const found = [...doubled.values()]
      doubled = new Map()
      return found.filter(([room, key]) => {
        const holders = holdersOf(room, key).filter(isSettled)
        return holders.includes(lease) && holders.some((holder) => holder < lease)
      })
    },

    room(room: string): RoomPeople {
      const known = views.get(room)
      if (known) return known
      const shown = [...(rooms.get(room)?.values() ?? [])].map((entry) => entry.shown)
      const view = roomPeople(shown, [...(numbers.get(room)?.values() ?? [])])
      views.set(room, view)
      return view
    },

    everywhere: (): RoomTotals =>
      withNumbers(
        everyone.totals(),
        [...numbers.values()].flatMap((some) => [...some.values()])
      ),

    named: everyone.named,

    /** Guests of a name without a connection: every lease they are in is moving or, by `isInGrace`, waits for them. */
    waiting(room: string, name: string, isInGrace: (lease: string, key: string) => boolean): Present[] {
      return [...(rooms.get(room)?.values() ?? [])]
        .filter(({ shown }) => shown.guest && shown.name === name)
        .filter(({ shown, holders }) =>
          [...holders.keys()].every((lease) => moving.has(lease) || isInGrace(lease, shown.key))
        )
        .map(({ shown }) => shown)
    }
  }
}

const placeOf = (room: string, key: string) => `${room} ${key}`
