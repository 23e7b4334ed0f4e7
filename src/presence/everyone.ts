// Totals: the people of one room, and everyone in the chat once, in however many rooms, findable by name.
import type { Present, RoomPeople, RoomTotals } from '../contract.ts'
import { skeletonsOf } from '../names.ts'
import { NAMED_PEOPLE } from './lease.ts'

/** A room that a lease has as a number only. */
export interface RoomNumber {
  count: number
  region: string
  /** The named ones. */
  people: Present[]
}

/** Everyone counted, the first of them named. */
export function roomPeople(shown: Present[], numbers: RoomNumber[]): RoomPeople {
  const named = [...shown.filter(({ name }) => name), ...numbers.flatMap(({ people }) => people)]
  return { ...withNumbers(totalsOf(shown), numbers), people: named.slice(0, NAMED_PEOPLE) }
}

/** The same room with one more person, who is on the way in. */
export function withOneMore(room: RoomPeople, person: Present): RoomPeople {
  const totals = withNumbers(room, [{ count: 1, region: person.region, people: [] }])
  return { ...totals, about: room.about, people: [...room.people, person].slice(0, NAMED_PEOPLE) }
}

/** Adds numbers to totals. The sum is approximate: a person in a number who is also in another lease counts twice. */
export function withNumbers(totals: RoomTotals, numbers: RoomNumber[]): RoomTotals {
  const regions = new Map(Object.entries(totals.regions))
  for (const { region, count } of numbers) regions.set(region, (regions.get(region) ?? 0) + count)
  return {
    count: numbers.reduce((sum, { count }) => sum + count, totals.count),
    about: totals.about || numbers.length > 0,
    regions: Object.fromEntries(regions)
  }
}

function totalsOf(people: Iterable<Present>): RoomTotals {
  const regions = new Map<string, number>()
  let count = 0
  for (const { region } of people) {
    count += 1
    regions.set(region, (regions.get(region) ?? 0) + 1)
  }
  return { count, about: false, regions: Object.fromEntries(regions) }
}

export function createEveryone() {
  const people = new Map<string, { person: Present; rooms: number }>()
  /** Keys of signed-in people by the forms in which names are compared. */
  const keysByForm = new Map<string, Set<string>>()

  return {
    enter(person: Present) {
      const known = people.get(person.key)
      if (known) {
        known.rooms++
        change(person)
      } else {
        people.set(person.key, { person, rooms: 1 })
        rename(undefined, person)
      }
    },

    change,

    leave(key: string) {
      const known = people.get(key)
      if (!known || --known.rooms > 0) return
      people.delete(key)
      rename(known.person, undefined)
    },

    /** A signed-in person with this name, or with one that looks like it, other than `exceptKey`. */
    named(name: string, exceptKey?: string): Present | undefined {
      for (const form of skeletonsOf(name))
        for (const key of keysByForm.get(form) ?? []) if (key !== exceptKey) return people.get(key)?.person
      return undefined
    },

    totals: (): RoomTotals => totalsOf([...people.values()].map(({ person }) => person))
  }

  function change(person: Present) {
    const known = people.get(person.key)
    // One room may know a name that another leaves out.
    if (!known || person.name === '') return
    rename(known.person, person)
    known.person = person
  }

  function rename(was: Present | undefined, is: Present | undefined) {
    if (was?.name === is?.name && was?.guest === is?.guest) return
    if (was && !was.guest) {
      for (const form of skeletonsOf(was.name)) {
        const keys = keysByForm.get(form)
        keys?.delete(was.key)
        if (keys?.size === 0) keysByForm.delete(form)
      }
    }
    if (is && !is.guest && is.name)
      for (const form of skeletonsOf(is.name)) keysByForm.set(form, (keysByForm.get(form) ?? new Set()).add(is.key))
  }
}
