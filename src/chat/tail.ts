// The ordered end of one room on one instance. Whatever way events come here (own appends, letters, repairs), they leave
// in the log's order, each once, for every vocabulary: that is why all clients of all instances hear one order.
import type { Cursor, EventList, RoomEvent } from '../contract.ts'
import type { MessageLog } from '../storage/message-log.ts'
import type { Cancel, Clock } from './clock.ts'

/** How long a missing letter may be late before the log is asked. */
export const HOLE_WAITS_MS = 150
/** The longest wait between attempts, when the log doesn't answer or doesn't hold what a letter spoke of. */
export const REPAIR_WAITS_MAX_MS = 10_000
/** Events kept while a hole before them is open; those beyond are read from the log anyway. */
const WAITING_MAX = 1_000
/** Epochs remembered as left, so that their late letters are known for what they are. */
const EPOCHS_LEFT_MAX = 8

export interface Tail {
  /** Where this tail stands; null until it was started. */
  readonly at: Cursor | null
  /** Begins after `cursor`. Once only. */
  start(cursor: Cursor): void
  /** Takes an event and the cursor it follows, from anywhere, in any order, any number of times. */
  hear(before: Cursor, event: RoomEvent): void
  /** Compares with the log's head: a lost last letter shows in nothing else. */
  compare(head: Cursor): void
  close(): void
}

export interface TailOptions {
  room: string
  log: MessageLog
  clock: Clock
  /** Consecutive events for this instance's clients. An empty list with a new cursor says that the room starts afresh there. */
  release(list: EventList): void
  onTrouble(cause: unknown): void
  /** A hole was read from the log, or the log turned out to be another. */
  onRepair?(what: 'hole' | 'epoch'): void
}

export function createTail({ room, log, clock, release, onTrouble, onRepair = () => {} }: TailOptions): Tail {
  let at: Cursor | null = null
  let closed = false
  let repairing = false
  let wait: Cancel | null = null
  /** Repairs in a row that brought nothing: each doubles the wait, so that an unfillable hole costs next to nothing. */
  let fruitless = 0
  /** The log's head was before our place when last compared. */
  let wasBehind = false
  let out: EventList | null = null
  const waiting = new Map<number, { before: Cursor; event: RoomEvent }>()
  const epochsLeft: string[] = []

  function hear(before: Cursor, event: RoomEvent) {
    if (closed || epochsLeft.includes(before.epoch)) return
    if (at && before.epoch === at.epoch && event.seq <= at.seq) return
    if (waiting.size < WAITING_MAX) waiting.set(event.seq, { before, event })
    advance()
  }

  /** Releases what follows, and sees to it that what doesn't follow yet will. */
  function advance() {
    if (!at) return
    for (let next = waiting.get(at.seq + 1); next; next = waiting.get(at.seq + 1)) {
      if (next.before.epoch !== at.epoch || next.before.id !== at.id) return repair()
      waiting.delete(next.event.seq)
      step(next.event)
    }
    for (const { before } of waiting.values()) {
      if (before.epoch !== at.epoch) return repair()
      if (before.seq < at.seq) waiting.delete(before.seq + 1)
    }
    if (waiting.size > 0) return later()
    wait?.()
    wait = null
  }

  function later() {
    if (!repairing) wait ??= clock.after(Math.min(HOLE_WAITS_MS * 2 ** fruitless, REPAIR_WAITS_MAX_MS), repair)
  }

  function step(event: RoomEvent) {
    if (!at) return
    if (!out) {
      out = { room, before: at, events: [] }
      // After this turn: the sender's acknowledgement goes first, and what was committed together is told together.
      setImmediate(flush)
    }
    out.events.push(event)
    fruitless = 0
    at = { epoch: at.epoch, seq: event.seq, id: event.id }
  }

  function flush() {
    if (!out || closed) return
    const list = out
    out = null
    release(list)
  }

  function repair() {
    wait?.()
    wait = null
    if (repairing || closed || !at) return
    repairing = true
    fruitless += 1
    onRepair('hole')
    catchUp().then(
      () => {
        repairing = false
        advance()
      },
      (cause: unknown) => {
        repairing = false
        onTrouble(cause)
        later()
      }
    )
  }

  /** One reader per room and instance, however many clients wait for the same hole. */
  async function catchUp() {
    for (;;) {
      if (!at || closed) return
      const sync = await log.sync(room, at, 1)
      if (sync.kind === 'fresh') return restart(sync.cursor)
      for (const event of sync.events) if (event.seq === at.seq + 1) step(event)
      if (!sync.more) break
    }
    // The log has just said which epoch it is in; letters of any other are late.
    for (const [seq, { before }] of waiting) if (at && (seq <= at.seq || before.epoch !== at.epoch)) waiting.delete(seq)
  }

  function restart(cursor: Cursor) {
    if (!at) return
    flush()
    if (cursor.epoch !== at.epoch) {
      onRepair('epoch')
      epochsLeft.push(at.epoch)
      if (epochsLeft.length > EPOCHS_LEFT_MAX) epochsLeft.shift()
    }
    at = earliest(cursor)
    for (const [seq, { before }] of waiting) if (before.epoch !== at.epoch || seq <= at.seq) waiting.delete(seq)
    release({ room, before: at, events: [] })
  }

  /** Where what was heard of the new life begins: that is told as ever, for borrowed clients can't ask for it. */
  function earliest(cursor: Cursor): Cursor {
    for (let place = cursor; ;) {
      const heard = waiting.get(place.seq)
      if (heard?.event.id !== place.id || heard.before.epoch !== place.epoch) return place
      place = heard.before
    }
  }

  return {
    get at() {
      return at
    },
    start(cursor) {
      if (at) return
      // What was heard before this tail knew where it stands was said while somebody listened: it isn't skipped.
      const [first] = [...waiting.values()]
        .filter(({ before }) => before.epoch === cursor.epoch && before.seq < cursor.seq)
        .toSorted((a, b) => a.before.seq - b.before.seq)
      at = first?.before ?? cursor
      advance()
    },
    hear,
    compare(head) {
      if (!at) return
      const behind = head.epoch === at.epoch && head.seq < at.seq
      // Once it may be a slow replica, or asked too early; still so at the next look, the log has lost what was told.
      if (behind ? wasBehind : head.epoch !== at.epoch || head.seq > at.seq || head.id !== at.id) repair()
      wasBehind = behind
    },
    close() {
      closed = true
      wait?.()
    }
  }
}
