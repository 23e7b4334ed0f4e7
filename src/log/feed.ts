// The ordered end of one room on one instance. Whatever way events come here (own appends, letters, repairs), they leave
// in the log's order, each once, for every vocabulary: that is why all clients of all instances hear one order.
import type { Cursor, EventList, RoomEvent } from '../contract.ts'
import type { MessageLog } from './message-log.ts'
import type { Cancel, Clock } from '../clock.ts'
import { backoffMs } from '../backoff.ts'

/** How long a missing letter may be late before the log is asked. */
export const HOLE_WAITS_MS = 150
/**
 * Lists follow each other at least this far apart, so that a busy room costs its readers few large frames instead of many small
 * ones. The first event after a quiet period is released at once.
 */
export const LIST_WINDOW_MS = 25
/** The longest wait between repairs while the log does not answer, or does not hold the event that a bus message announced. */
export const REPAIR_WAITS_MAX_MS = 10_000
const REPAIR_WAITS = { minMs: HOLE_WAITS_MS, maxMs: REPAIR_WAITS_MAX_MS }
/** Events kept while a hole before them is open; those beyond are read from the log anyway. */
const WAITING_MAX = 1_000
/** Newest events whose ids are remembered: a letter that names another one there comes from a log that was set back. */
const TOLD_MAX = 100
/** Epochs remembered as left, so that their late letters are known for what they are. */
const EPOCHS_LEFT_MAX = 8

export interface RoomFeed {
  readonly room: string
  /** Where this tail stands; null until it was started. */
  readonly at: Cursor | null
  /** Begins after `cursor`. Once only. */
  start(cursor: Cursor): void
  /** Takes an event and the cursor it follows, from anywhere, in any order, any number of times. */
  hear(before: Cursor, event: RoomEvent): void
  /** Compares with the log's head, asked for when this tail stood at `stood`: a lost last letter shows in nothing else. */
  compare(head: Cursor, stood: Cursor): void
  close(): void
}

/** A log that was set back to a copy of it has other events at the same places. */
export const isSame = (one: Cursor, other: Cursor) =>
  one.epoch === other.epoch && one.seq === other.seq && one.id === other.id

export interface RoomFeedOptions {
  room: string
  log: MessageLog
  clock: Clock
  /** Consecutive events for this instance's clients. An empty list with a new cursor says that the room starts afresh there. */
  release(list: EventList): void
  onError(cause: unknown): void
  /** A hole was read from the log, or the log turned out to be another. */
  onRepair?(what: 'hole' | 'epoch'): void
}

export function createRoomFeed({ room, log, clock, release, onError, onRepair = () => {} }: RoomFeedOptions): RoomFeed {
  let at: Cursor | null = null
  let closed = false
  let repairing = false
  let wait: Cancel | null = null
  /** Repairs in a row that brought nothing: each doubles the wait, so that an unfillable hole costs next to nothing. */
  let fruitless = 0
  let out: EventList | null = null
  let flushedAt = -Infinity
  const waiting = new Map<number, { before: Cursor; event: RoomEvent }>()
  const told = new Map<number, string>()
  let epochsLeft: string[] = []

  function hear(before: Cursor, event: RoomEvent) {
    if (closed || epochsLeft.includes(before.epoch)) return
    if (at && before.epoch === at.epoch && event.seq <= at.seq && !contradicts(event)) return
    if (waiting.size < WAITING_MAX) waiting.set(event.seq, { before, event })
    advance()
  }

  /** Whether it stands where another event was told. */
  const contradicts = ({ seq, id }: RoomEvent) => (told.get(seq) ?? id) !== id

  /** Releases what follows, and sees to it that what doesn't follow yet will. */
  function advance() {
    if (!at) return
    for (let next = waiting.get(at.seq + 1); next; next = waiting.get(at.seq + 1)) {
      if (next.before.epoch !== at.epoch || next.before.id !== at.id) return soon()
      waiting.delete(next.event.seq)
      step(next.event)
    }
    for (const { before, event } of waiting.values()) {
      if (before.epoch !== at.epoch || contradicts(event)) return soon()
      if (event.seq <= at.seq) waiting.delete(event.seq)
    }
    if (waiting.size > 0) return later()
    wait?.()
    wait = null
    fruitless = 0
  }

  /** At once, if asking has just helped. */
  function soon() {
    if (fruitless > 0) later()
    else repair()
  }

  function later() {
    if (!repairing) wait ??= clock.after(backoffMs(fruitless, REPAIR_WAITS), repair)
  }

  function step(event: RoomEvent) {
    if (!at) return
    if (!out) {
      out = { room, before: at, events: [] }
      const waitMs = Math.min(LIST_WINDOW_MS, flushedAt + LIST_WINDOW_MS - clock.now())
      if (waitMs > 0) clock.after(waitMs, flush)
      // After this turn: the sender's acknowledgement goes first, and what was committed together is told together.
      else setImmediate(flush)
    }
    out.events.push(event)
    fruitless = 0
    at = { epoch: at.epoch, seq: event.seq, id: event.id }
    told.set(event.seq, event.id)
    told.delete(event.seq - TOLD_MAX)
  }

  function flush() {
    if (!out || closed) return
    const list = out
    out = null
    flushedAt = clock.now()
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
        onError(cause)
        later()
      }
    )
  }

  /** One reader per room and instance, however many clients wait for the same hole. */
  async function catchUp() {
    for (;;) {
      if (!at || closed) return
      const stood = at
      const sync = await log.sync(room, stood, 1)
      if (sync.kind === 'fresh') {
        const head = await headAfter(stood, sync.cursor)
        if (!head) break
        restart(await beginning(head))
        continue
      }
      for (const event of sync.events) if (event.seq === at.seq + 1) step(event)
      if (!sync.more) break
    }
    // The log has just said which epoch it is in, and what follows what; other letters are of a life that it has lost.
    for (const [seq, { before }] of waiting)
      if (at && (before.epoch !== at.epoch || before.seq < at.seq || (before.seq === at.seq && before.id !== at.id)))
        waiting.delete(seq)
  }

  /** Where the room starts afresh that has left us behind and claims to be there; null when a copy of the log that lags behind has said so. */
  async function headAfter(stood: Cursor, claimed: Cursor): Promise<Cursor | null> {
    const isSameEpoch = claimed.epoch === stood.epoch
    if (!isSameEpoch && !epochsLeft.includes(claimed.epoch)) return claimed
    // Trimmed away, or lost: then the log becomes another one at once, before anybody mixes the two.
    const head = await log.remind(room, stood)
    if (head.epoch !== stood.epoch) return head
    return isSameEpoch && claimed.seq > stood.seq ? claimed : null
  }

  function restart(cursor: Cursor) {
    // Events may have come while the log was asked.
    if (!at || (cursor.epoch === at.epoch && cursor.seq < at.seq)) return
    flush()
    if (cursor.epoch !== at.epoch) {
      onRepair('epoch')
      // A copy may also bring back an epoch.
      epochsLeft = [...epochsLeft, at.epoch].filter((epoch) => epoch !== cursor.epoch).slice(-EPOCHS_LEFT_MAX)
    }
    fruitless = 0
    told.clear()
    at = cursor
    for (const [seq, { before }] of waiting) if (before.epoch !== at.epoch || seq <= at.seq) waiting.delete(seq)
    release({ room, before: at, events: [] })
  }

  /** Where what was heard of the new life begins: from there it is told as ever, for borrowed clients can't ask for it. */
  async function beginning(cursor: Cursor): Promise<Cursor> {
    const [first] = heardFrom(cursor.seq)
    if (!first) return cursor
    // Its letter may have been written before the log became another.
    const place = { ...first, epoch: cursor.epoch }
    const { kind } = await log.sync(room, place, 1)
    return kind === 'events' ? place : cursor
  }

  /** The places before this one from which events are waiting, the earliest first. */
  const heardFrom = (seq: number) =>
    [...waiting.values()]
      .map(({ before }) => before)
      .filter((before) => before.seq < seq)
      .toSorted((a, b) => a.seq - b.seq)

  return {
    room,
    get at() {
      return at
    },
    start(cursor) {
      if (at) return
      // What was heard before this tail knew where it stands was said while somebody listened: it isn't skipped.
      at = heardFrom(cursor.seq).find(({ epoch }) => epoch === cursor.epoch) ?? cursor
      advance()
    },
    hear,
    compare(head, stood) {
      if (!at) return
      // Told since the question: no news. Less than was told before it: a slow copy of the log, or a loss.
      const least = stood.epoch === at.epoch ? stood : at
      const isOld = head.epoch === at.epoch && head.seq < at.seq && head.seq >= least.seq
      if (!isOld && !isSame(head, at)) repair()
    },
    close() {
      flush()
      closed = true
      wait?.()
    }
  }
}
