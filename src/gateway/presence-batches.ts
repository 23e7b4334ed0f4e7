// Changes of a room's people, for native clients: the first change at once, then at most one list a second. Somebody who joined and
// left in between is in no list, so a storm costs a client one event a second, and its view is right once things are quiet.
import { nextTick } from '../presence/timing.ts'
import type { Clock } from '../clock.ts'
import { sameName, sameState } from '../presence/lease.ts'
import type { PeopleChange } from '../presence/presence.ts'
import type { Present } from '../contract.ts'

/** A person before the batch and now. */
interface Difference {
  before: Present | undefined
  now: Present | undefined
  changed: boolean
}

/** The shortest gap between two lists, as a part of the period: timers are late, and the next tick must not be missed. */
const LEAST_GAP = 0.9

export type PresenceBatches = ReturnType<typeof createPresenceBatches>

/** `send` is called at most every `everyMs` for each room. Totals are left to the caller, which reads them when it sends. */
export function createPresenceBatches(options: { clock: Clock; everyMs: number; send(change: PeopleChange): void }) {
  const { clock, everyMs, send } = options
  /** Rooms that got a list just now, with the differences since by key; null while there are none. */
  const rooms = new Map<string, Map<string, Difference> | null>()

  function add(change: PeopleChange) {
    const { room, joined, left, changed } = change
    const waiting = rooms.get(room)
    if (waiting === undefined) {
      rooms.set(room, null)
      const now = clock.now()
      clock.after(nextTick(now + LEAST_GAP * everyMs, everyMs, everyMs / 2) - now, () => flush(room))
      return send(change)
    }
    const differences = waiting ?? new Map<string, Difference>()
    rooms.set(room, differences)
    const note = (key: string, before: Present | undefined, now: Present | undefined, isChanged = false) => {
      const noted = differences.get(key)
      differences.set(key, {
        before: noted ? noted.before : before,
        now,
        changed: isChanged || (noted?.changed ?? false)
      })
    }
    // In this order: a person with a new name is in both lists.
    for (const person of left) note(person.key, person, undefined)
    for (const person of joined) note(person.key, undefined, person)
    for (const person of changed) note(person.key, person, person, true)
  }

  function flush(room: string) {
    const differences = rooms.get(room)
    rooms.delete(room)
    // Even without a difference the total may have changed, in a crowd.
    if (differences) add(changeFrom(room, [...differences.values()]))
  }

  return { add }
}

function changeFrom(room: string, differences: Difference[]): PeopleChange {
  const change: PeopleChange = { room, joined: [], left: [], changed: [] }
  for (const { before, now, changed } of differences) {
    if (before && now && sameName(before, now)) {
      if (changed || !sameState(before, now)) change.changed.push(now)
    } else {
      if (before) change.left.push(before)
      if (now) change.joined.push(now)
    }
  }
  return change
}
