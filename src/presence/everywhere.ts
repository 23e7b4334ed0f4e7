// Everybody in the chat once, in however many rooms, and findable by name.
import type { Present, RoomTotals } from '../contract.ts'
import { skeletonsOf } from '../names.ts'

export type Everybody = ReturnType<typeof createEverybody>

export function createEverybody() {
  const people = new Map<string, { who: Present; rooms: number }>()
  /** Keys of signed-in people by the forms in which their names are compared. */
  const named = new Map<string, Set<string>>()

  return {
    enter(who: Present) {
      const known = people.get(who.key)
      if (!known) people.set(who.key, { who, rooms: 1 })
      else known.rooms++
      if (known) this.change(who)
      else rename(undefined, who)
    },

    change(who: Present) {
      const known = people.get(who.key)
      // One room may know a name that another, crowded one leaves out.
      if (!known || who.name === '') return
      rename(known.who, who)
      known.who = who
    },

    leave(key: string) {
      const known = people.get(key)
      if (!known || --known.rooms > 0) return
      people.delete(key)
      rename(known.who, undefined)
    },

    /** A signed-in person of this name, or of one that looks like it, other than `exceptKey`. */
    named(name: string, exceptKey?: string): Present | undefined {
      for (const form of skeletonsOf(name))
        for (const key of named.get(form) ?? []) if (key !== exceptKey) return people.get(key)?.who
      return undefined
    },

    totals(): RoomTotals {
      const regions = new Map<string, number>()
      for (const { who } of people.values()) regions.set(who.region, (regions.get(who.region) ?? 0) + 1)
      return { count: people.size, about: false, regions: Object.fromEntries(regions) }
    }
  }

  function rename(was: Present | undefined, is: Present | undefined) {
    if (was?.name === is?.name && was?.guest === is?.guest) return
    if (was && !was.guest) {
      for (const form of skeletonsOf(was.name)) {
        const keys = named.get(form)
        keys?.delete(was.key)
        if (keys?.size === 0) named.delete(form)
      }
    }
    if (is && !is.guest && is.name) {
      for (const form of skeletonsOf(is.name)) named.set(form, (named.get(form) ?? new Set()).add(is.key))
    }
  }
}
