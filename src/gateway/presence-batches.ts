// Changes of a room's people, for native clients: the first change at once, then at most one list a second. Somebody who joined and
// left in between is in no list, so a storm costs a client one event a second, and its view is right once things are quiet.
import { nextTick } from '../presence/timing.ts'
import type { Clock } from '../clock.ts'
import { NAMED_PEOPLE, differences, note, type Before } from '../presence/lease.ts'
import type { PeopleChange } from '../presence/presence.ts'
import type { Present } from '../contract.ts'

/** People of a room, as they were and, by key, as they are now. */
interface Batch {
  before: Before
  now: Map<string, Present | undefined>
}

/** The shortest gap between two lists, as a part of the period: timers are late, and the next tick must not be missed. */
const LEAST_GAP = 0.9

/** `send` is called at most every `everyMs` for each room. Totals are left to the caller, which reads them when it sends. */
export function createPresenceBatches(options: { clock: Clock; everyMs: number; send(change: PeopleChange): void }) {
  const { clock, everyMs, send } = options
  /** Rooms that got a list just now, with what changed since; null while nothing did. */
  const rooms = new Map<string, Batch | null>()

  function add(change: PeopleChange) {
    const { room, joined, left, changed } = change
    const waiting = rooms.get(room)
    if (waiting === undefined) {
      rooms.set(room, null)
      const now = clock.now()
      clock.after(nextTick(now + LEAST_GAP * everyMs, everyMs, everyMs / 2) - now, () => flush(room))
      // Of a crowd all are counted, and some named.
      return send({ ...change, joined: joined.slice(0, NAMED_PEOPLE) })
    }
    const { before, now } = waiting ?? { before: new Map(), now: new Map() }
    rooms.set(room, { before, now })
    const become = (was: Present | undefined, is: Present | undefined, { key }: Present) => {
      note(before, room, key, was)
      now.set(key, is)
    }
    // In this order: a person with a new name is in both lists.
    for (const person of left) become(person, undefined, person)
    for (const person of joined) become(undefined, person, person)
    for (const [was, is] of changed) become(was, is, is)
  }

  function flush(room: string) {
    const batch = rooms.get(room)
    rooms.delete(room)
    if (!batch) return
    const [change] = differences(batch.before, (_, key) => batch.now.get(key))
    // Even without a difference the total may have changed, in a crowd.
    add(change ?? { room, joined: [], left: [], changed: [] })
  }

  return { add }
}
