// Collects the consecutive events of a room into lists, at most one list per window. A busy room then costs its readers few large
// frames instead of many small ones.
import type { Cursor, EventList, RoomEvent } from '../contract.ts'
import type { Clock } from '../clock.ts'

/** Least time between two lists. The first event after a quiet period is delivered at once. */
export const LIST_WINDOW_MS = 25

/** Calls `deliver` with events that follow each other. After `close`, which delivers the rest, it is never called again. */
export function createEventLists(options: { room: string; clock: Clock; deliver(list: EventList): void }) {
  const { room, clock, deliver } = options
  let next: EventList | null = null
  let deliveredAt = -Infinity
  let closed = false

  function flush() {
    if (!next || closed) return
    const list = next
    next = null
    deliveredAt = clock.now()
    deliver(list)
  }

  return {
    /** `before`: the cursor that the event follows. */
    add(before: Cursor, event: RoomEvent) {
      if (!next) {
        next = { room, before, events: [] }
        const waitMs = Math.min(LIST_WINDOW_MS, deliveredAt + LIST_WINDOW_MS - clock.now())
        if (waitMs > 0) clock.after(waitMs, flush)
        // After this turn: the sender's acknowledgement goes first, and events of one commit go into one list.
        else setImmediate(flush)
      }
      next.events.push(event)
    },
    flush,
    close() {
      flush()
      closed = true
    }
  }
}
