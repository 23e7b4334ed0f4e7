// The presence view: all leases merged, as data. A person in several leases is one. The view knows neither time nor a store; it
// takes in leases, whole or change by change, and returns what became different.
import type { Present, RoomPeople, RoomTotals } from '../contract.ts'
import { skeletonsOf } from '../names.ts'
import { differences, getOrPut, NAMED_PEOPLE, namesIn, note, placeOf, sameName, sameState, withIdle } from './lease.ts'
import type { Before, Difference, Lease } from './lease.ts'
import { add, emptyRoom, firstNamed, show, totals, type Room, type RoomNumber } from './room.ts'

interface Holder {
  /** Keys by room. */
  rooms: Map<string, Set<string>>
  numbers: Map<string, RoomNumber>
  /** Of a moving lease: the places of people found in another lease since. Reading it again does not bring them back. */
  moved: Set<string> | null
}

export type View = ReturnType<typeof createView>

export function createView() {
  const rooms = new Map<string, Room>()
  /** Everyone once; the holders are the rooms that they are in. */
  const everyone = emptyRoom()
  /** Keys of signed-in people by the forms in which names are compared. */
  const keysByForm = new Map<string, Set<string>>()
  const leases = new Map<string, Holder>()
  let before: Before = new Map()
  /** Rooms with a number that changed. */
  let recounted = new Set<string>()

  const leaseOf = (lease: string) =>
    getOrPut(leases, lease, (): Holder => ({ rooms: new Map(), numbers: new Map(), moved: null }))
  const find = (room: string, key: string) => rooms.get(room)?.people.get(key)
  const holdersOf = (room: string, key: string) => [...(find(room, key)?.holders.keys() ?? [])]
  const allNumbers = () => [...leases.values()].flatMap(({ numbers }) => [...numbers.values()])
  const numbersOf = (id: string) => [...leases.values()].flatMap(({ numbers }) => numbers.get(id) ?? [])
  const isSettled = (lease: string) => !leases.get(lease)?.moved

  /** `quiet`: counted and not reported, for people who were part of a number before. */
  function put(lease: string, room: string, person: Present, quiet = false) {
    const { key } = person
    const known = leaseOf(lease)
    const others = holdersOf(room, key)
    if (known.moved?.has(placeOf(room, key))) return
    if (known.moved && others.some(isSettled)) return foundElsewhere(lease, room, key)
    const entry = find(room, key)
    const was = entry?.holders.get(lease)
    // A lease names only some of its people; a name once known stays known.
    const unnamed = person.name === '' ? (was ?? entry?.shown) : undefined
    const is = unnamed ? withIdle({ ...unnamed, region: person.region }, undefined) : person
    const isOnlyIdle = was && sameName(was, is) && was.region === is.region
    if (isOnlyIdle && sameState(was, is)) return
    getOrPut(known.rooms, room, () => new Set<string>()).add(key)
    const holders = new Map(entry?.holders)
    if (!isOnlyIdle) holders.delete(lease)
    update(room, key, holders.set(lease, is), quiet)
    if (!known.moved) for (const other of others) if (!isSettled(other)) foundElsewhere(other, room, key)
  }

  function drop(lease: string, room: string, key: string, quiet = false) {
    const keys = leases.get(lease)?.rooms.get(room)
    if (keys?.delete(key) && keys.size === 0) leases.get(lease)?.rooms.delete(room)
    const holders = new Map(find(room, key)?.holders)
    if (holders.delete(lease)) update(room, key, holders, quiet)
  }

  /** Everything that is shown changes here. */
  function update(id: string, key: string, holders: Map<string, Present>, quiet: boolean) {
    const room = getOrPut(rooms, id, emptyRoom)
    if (!quiet) note(before, id, key, room.people.get(key)?.shown)
    const [, shown] = show(room, key, holders)
    if (room.people.size === 0) rooms.delete(id)
    const places = new Map(everyone.people.get(key)?.holders)
    places.delete(id)
    rename(...show(everyone, key, shown ? places.set(id, shown) : places))
  }

  function foundElsewhere(lease: string, room: string, key: string) {
    leases.get(lease)?.moved?.add(placeOf(room, key))
    drop(lease, room, key)
  }

  function setNumber({ numbers }: Holder, room: string, number: RoomNumber | undefined) {
    if (numbers.get(room)?.count !== number?.count) recounted.add(room)
    if (number) numbers.set(room, number)
    else numbers.delete(room)
  }

  /** From now on the people of this lease are on their way: those in another lease have left this one. */
  function move(lease: string) {
    const known = leaseOf(lease)
    if (known.moved) return
    known.moved = new Set()
    for (const [room, keys] of known.rooms)
      for (const key of keys) if (holdersOf(room, key).some(isSettled)) foundElsewhere(lease, room, key)
  }

  /** Replaces all that is known of a lease. */
  function replace(lease: string, { region, moving, rooms: written }: Pick<Lease, 'region' | 'moving' | 'rooms'>) {
    if (moving) move(lease)
    const known = leaseOf(lease)
    for (const [room, before] of known.rooms) {
      const { count = 0, keys = [] } = written.get(room) ?? {}
      const stay = new Set(keys)
      for (const key of before) if (!stay.has(key)) drop(lease, room, key, count > stay.size)
    }
    for (const room of known.numbers.keys()) if (!written.has(room)) setNumber(known, room, undefined)
    const names = namesIn(written)
    for (const [room, { count, keys, people }] of written) {
      const here = new Map(people.map((person) => [person.key, person]))
      const wasNumber = known.numbers.has(room)
      for (const key of keys)
        put(lease, room, here.get(key) ?? names.get(key) ?? { key, name: '', guest: false, region }, wasNumber)
      setNumber(known, room, count > keys.length ? { count, region, people } : undefined)
    }
  }

  function rename(was: Present | undefined, is: Present | undefined) {
    if (was?.name === is?.name && was?.guest === is?.guest) return
    for (const form of formsOf(was)) {
      const keys = keysByForm.get(form)
      if (keys?.delete(was?.key ?? '') && keys.size === 0) keysByForm.delete(form)
    }
    for (const form of formsOf(is)) getOrPut(keysByForm, form, () => new Set<string>()).add(is?.key ?? '')
  }

  return {
    put,
    drop,
    move,
    replace,

    /** Removes a lease, and everyone who is in no other. */
    end(lease: string) {
      replace(lease, { region: '', moving: false, rooms: new Map() })
      leases.delete(lease)
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

    /** Guests that became one with a guest of another lease since the last `changes()`, whose key this lease has to give up. */
    shared: (lease: string): [room: string, key: string][] =>
      [...before].flatMap(([room, people]) => {
        const guests = [...people.keys()].filter((key) => find(room, key)?.shown.guest)
        const shared = guests.filter((key) => {
          const settled = holdersOf(room, key).filter(isSettled)
          return settled.includes(lease) && settled.some((holder) => holder < lease)
        })
        return shared.map((key): [string, string] => [room, key])
      }),

    /** Everyone counted, the first 200 named. `arriving` is counted in if not here yet. */
    room(id: string, arriving?: Present): RoomPeople {
      const numbers = numbersOf(id)
      const room = rooms.get(id) ?? emptyRoom()
      const { people, regions } = room
      const others = numbers.flatMap((number) => number.people)
      const counts = new Map(regions)
      if (arriving && !people.has(arriving.key)) {
        add(counts, arriving.region, 1)
        others.push(arriving)
      }
      const named = firstNamed(room)
      const isAll = named.length === NAMED_PEOPLE || others.length === 0
      return { ...totals(counts, numbers), people: isAll ? named : [...named, ...others].slice(0, NAMED_PEOPLE) }
    },

    /** How many people a room has, without their names. */
    totals: (id: string): RoomTotals => totals(rooms.get(id)?.regions ?? new Map(), numbersOf(id)),

    everywhere: (): RoomTotals => totals(everyone.regions, allNumbers()),

    /** A person as shown, wherever they are. */
    person: (key: string): Present | undefined => everyone.people.get(key)?.shown,

    /** The leases that a person is in. */
    leasesOf: (key: string): string[] =>
      [...(everyone.people.get(key)?.holders.keys() ?? [])].flatMap((room) => holdersOf(room, key)),

    /** A signed-in person with this name, or with one that looks like it, other than `exceptKey`. */
    named(name: string, exceptKey?: string): Present | undefined {
      const keys = skeletonsOf(name).flatMap((form) => [...(keysByForm.get(form) ?? [])])
      return everyone.people.get(keys.find((key) => key !== exceptKey) ?? '')?.shown
    },

    /** Guests of a name without a connection: `isGone` here, and every other lease they are in is moving. */
    waiting: (room: string, name: string, own: string, isGone: (key: string) => boolean): Present[] =>
      [...(rooms.get(room)?.people.values() ?? [])].flatMap(({ shown, holders }) => {
        if (!shown.guest || shown.name !== name || !isGone(shown.key)) return []
        return [...holders.keys()].every((lease) => lease === own || !isSettled(lease)) ? [shown] : []
      })
  }
}

const formsOf = (person: Present | undefined) => (person?.name && !person.guest ? skeletonsOf(person.name) : [])
