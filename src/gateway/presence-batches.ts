// Who came and who went, for native clients: the first change of a room at once, then what is different once in a beat of a second.
// Whoever came and went in between is told to nobody, so a storm costs a client one word a second and its list is right at rest.
import { nextBeat } from '../presence/tick.ts'
import type { Clock } from '../clock.ts'
import { sameName, sameState } from '../presence/differences.ts'
import type { PeopleChange } from '../presence/presence.ts'
import type { Present } from '../contract.ts'

/** What happened to somebody since clients were last told. */
interface Fate {
  was: Present | undefined
  is: Present | undefined
  changed: boolean
}

/** From one word to the next at least, of a beat: not a whole one, as timers come late, and the next beat must not be missed. */
const LEAST_GAP = 0.9

export type PeopleNews = ReturnType<typeof createPeopleNews>

/** `tell` is called with beats of `everyMs` for each room, or after a silence; totals are the caller's to fill in, then. */
export function createPeopleNews(options: { clock: Clock; everyMs: number; tell(change: PeopleChange): void }) {
  const { clock, everyMs, tell } = options
  /** By key, in rooms that were told of something just before; null while nothing has happened there since. */
  const rooms = new Map<string, Map<string, Fate> | null>()

  function hear(change: PeopleChange) {
    const { room, joined, left, changed } = change
    const waiting = rooms.get(room)
    if (waiting === undefined) {
      rooms.set(room, null)
      const now = clock.now()
      clock.after(nextBeat(now + LEAST_GAP * everyMs, everyMs, everyMs / 2) - now, () => flush(room))
      return tell(change)
    }
    const fates = waiting ?? new Map<string, Fate>()
    rooms.set(room, fates)
    const turn = (who: Present, was: Present | undefined, is: Present | undefined, changed = false) => {
      const before = fates.get(who.key)
      fates.set(who.key, { was: before ? before.was : was, is, changed: changed || (before?.changed ?? false) })
    }
    // In this order: who took another name is in both.
    for (const who of left) turn(who, who, undefined)
    for (const who of joined) turn(who, undefined, who)
    for (const who of changed) turn(who, who, who, true)
  }

  function flush(room: string) {
    const fates = rooms.get(room)
    rooms.delete(room)
    // When all is as it was, a total may still be different, as of a crowd.
    if (fates) hear(outcome(room, [...fates.values()]))
  }

  return { hear }
}

function outcome(room: string, fates: Fate[]): PeopleChange {
  const change: PeopleChange = { room, joined: [], left: [], changed: [] }
  for (const { was, is, changed } of fates) {
    if (was && is && sameName(was, is)) {
      if (changed || !sameState(was, is)) change.changed.push(is)
    } else {
      if (was) change.left.push(was)
      if (is) change.joined.push(is)
    }
  }
  return change
}
