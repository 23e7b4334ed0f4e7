// Who is here: the union of what all leases say. A person named by several leases is one. Knows no time and no store; it is
// told of leases piece by piece and says what became different.
import type { Present, RoomPeople, RoomTotals } from '../contract.ts'
import { differences, note, sameName, sameState, type Before, type Difference } from './differences.ts'
import { createEverybody } from './everywhere.ts'
import { leastIdle, withIdle } from './idleness.ts'
import { viewOf, withCrowds, type Crowd, type Entry } from './room-view.ts'

export type Union = ReturnType<typeof createUnion>

export function createUnion() {
  const rooms = new Map<string, Map<string, Entry>>()
  const crowds = new Map<string, Map<string, Crowd>>()
  /** Which people a lease names, by room. */
  const named = new Map<string, Map<string, Set<string>>>()
  /** Leases on the move, and who was found elsewhere since: they don't come back by an old lease being read again. */
  const moving = new Map<string, Set<string>>()
  const everybody = createEverybody()
  const views = new Map<string, RoomPeople>()
  let before: Before = new Map()
  /** Guests named by more than one lease of late, by place. A guest is one connection to one instance. */
  let doubled = new Map<string, [room: string, key: string]>()
  /** Rooms with a crowd that grew or shrank. */
  let crowded = new Set<string>()

  const entryOf = (room: string, key: string) => rooms.get(room)?.get(key)

  /** `quiet`: counted and not told, for those who were in a crowd before. */
  function put(lease: string, room: string, who: Present, quiet = false) {
    const { key } = who
    const entry = entryOf(room, key)
    if (moving.has(lease)) {
      if (moving.get(lease)?.has(placeOf(room, key))) return
      if (entry && [...entry.holders.keys()].some((holder) => !moving.has(holder))) return claim(lease, room, key)
    }
    const held = entry?.holders.get(lease)
    // A lease names only the first of many; a name once known is kept.
    const known = who.name === '' && entry ? withIdle({ ...(held ?? entry.who), region: who.region }, undefined) : who
    const isOnlyState = held !== undefined && sameName(held, known) && held.region === known.region
    if (isOnlyState && sameState(held, known)) return
    touch(room, key, entry?.who, quiet)
    if (entry) {
      entry.holders.set(lease, known)
      if (who.guest && entry.holders.size > 1) doubled.set(placeOf(room, key), [room, key])
      show(entry, isOnlyState ? entry.who : known)
    } else {
      const people = rooms.get(room) ?? new Map<string, Entry>()
      rooms.set(room, people.set(key, { who: known, holders: new Map([[lease, known]]) }))
      everybody.enter(known)
    }
    const places = named.get(lease) ?? new Map<string, Set<string>>()
    named.set(lease, places.set(room, (places.get(room) ?? new Set()).add(key)))
    if (entry && !moving.has(lease))
      for (const holder of entry.holders.keys()) if (moving.has(holder)) claim(holder, room, key)
  }

  function drop(lease: string, room: string, key: string, quiet = false) {
    named.get(lease)?.get(room)?.delete(key)
    const entry = entryOf(room, key)
    if (!entry?.holders.has(lease)) return
    touch(room, key, entry.who, quiet)
    entry.holders.delete(lease)
    const last = [...entry.holders.values()].at(-1)
    if (last) return show(entry, last)
    rooms.get(room)?.delete(key)
    if (rooms.get(room)?.size === 0) rooms.delete(room)
    everybody.leave(key)
  }

  /** A person on the move was found elsewhere. */
  function claim(lease: string, room: string, key: string) {
    moving.get(lease)?.add(placeOf(room, key))
    drop(lease, room, key)
  }

  function show(entry: Entry, who: Present) {
    entry.who = withIdle(who, leastIdle(entry.holders.values()))
    everybody.change(entry.who)
  }

  function touch(room: string, key: string, who: Present | undefined, quiet: boolean) {
    views.delete(room)
    if (!quiet) note(before, room, key, who)
  }

  function setCrowd(lease: string, room: string, crowd: Crowd | null) {
    const known = crowds.get(room)
    if (!crowd && !known?.has(lease)) return
    if (known?.get(lease)?.count !== crowd?.count) crowded.add(room)
    views.delete(room)
    if (crowd) crowds.set(room, (known ?? new Map<string, Crowd>()).set(lease, crowd))
    else known?.delete(lease)
    if (known?.size === 0) crowds.delete(room)
  }

  /** The rooms a lease has people in, crowds included. */
  function roomsOf(lease: string): string[] {
    const crowdsOf = [...crowds].filter(([, leases]) => leases.has(lease)).map(([room]) => room)
    return [...new Set([...(named.get(lease)?.keys() ?? []), ...crowdsOf])]
  }

  function keysOf(lease: string, room: string): string[] {
    return [...(named.get(lease)?.get(room) ?? [])]
  }

  return {
    put,
    drop,
    setCrowd,

    who: (room: string, key: string): Present | undefined => entryOf(room, key)?.who,
    isHolding: (lease: string, room: string, key: string): boolean => entryOf(room, key)?.holders.has(lease) ?? false,

    isCrowd: (lease: string, room: string) => crowds.get(room)?.has(lease) ?? false,

    roomsOf,
    keysOf,

    /** From now on the people of this lease are on their way: whoever is named by another lease has left this one. */
    move(lease: string) {
      if (moving.has(lease)) return
      moving.set(lease, new Set())
      for (const room of roomsOf(lease))
        for (const key of keysOf(lease, room))
          if ([...(entryOf(room, key)?.holders.keys() ?? [])].some((holder) => !moving.has(holder)))
            claim(lease, room, key)
    },

    /** A lease is over, and so is the presence of whoever it alone named. */
    end(lease: string) {
      for (const room of roomsOf(lease)) {
        for (const key of keysOf(lease, room)) drop(lease, room, key)
        setCrowd(lease, room, null)
      }
      named.delete(lease)
      moving.delete(lease)
    },

    /** What became different since the last call. Of a crowd only that it did. */
    changes(): Difference[] {
      const found = differences(before, (room, key) => entryOf(room, key)?.who)
      for (const { room } of found) crowded.delete(room)
      const totals = [...crowded].map((room): Difference => ({ room, joined: [], left: [], changed: [] }))
      before = new Map()
      crowded = new Set()
      return [...found, ...totals]
    },

    /** Of the guests found in several leases since the last call, those whose key this lease has to give up. */
    shared(lease: string): [room: string, key: string][] {
      const found = [...doubled.values()]
      doubled = new Map()
      return found.filter(([room, key]) => {
        const holders = [...(entryOf(room, key)?.holders.keys() ?? [])].filter((holder) => !moving.has(holder))
        return holders.includes(lease) && holders.some((holder) => holder < lease)
      })
    },

    view(room: string): RoomPeople {
      const view = views.get(room) ?? viewOf(rooms.get(room), crowds.get(room))
      views.set(room, view)
      return view
    },

    everywhere(): RoomTotals {
      const crowd = [...crowds.values()].flatMap((leases) => [...leases.values()])
      return withCrowds(everybody.totals(), crowd)
    },

    named: everybody.named,

    /** Guests of a name in a room whom no connection stands behind: every lease that names them is moving or, by `isHeld`, waiting for them. */
    waiting(room: string, name: string, isHeld: (lease: string, key: string) => boolean): Present[] {
      return [...(rooms.get(room)?.values() ?? [])]
        .filter(({ who }) => who.guest && who.name === name)
        .filter(({ who, holders }) => [...holders.keys()].every((lease) => moving.has(lease) || isHeld(lease, who.key)))
        .map(({ who }) => who)
    }
  }
}

const placeOf = (room: string, key: string) => `${room} ${key}`
