// The feed of one room on one instance. Events arrive from own appends, bus messages and repairs, in any order. The feed delivers
// them in the log's order, each once, so all clients of all instances receive one order.
import type { Cursor, EventList, RoomEvent } from '../contract.ts'
import type { MessageLog } from './message-log.ts'
import type { Cancel, Clock } from '../clock.ts'
import { backoffMs } from '../backoff.ts'
import { isSame } from './cursor.ts'
import { createEventLists } from './event-lists.ts'
import { repairFromLog, type RepairableFeed } from './feed-repair.ts'

/** How long a bus message may be late before the feed reads the log. */
export const GAP_WAITS_MS = 150
/** Waits between repairs while the log does not answer, or does not hold the event that a bus message announced. */
const REPAIR_WAITS = { minMs: GAP_WAITS_MS, maxMs: 10_000 }
/** Events that wait for an earlier one. Further ones are read from the log with the gap. */
const PENDING_MAX = 1_000
/** Newest events whose ids are remembered. A bus message with another id at the same place comes from a log that was restored. */
const DELIVERED_IDS_MAX = 100
/** Epochs remembered as left, so that their late bus messages are ignored. */
const EPOCHS_LEFT_MAX = 8

export interface RoomFeed {
  readonly room: string
  /** The last delivered event; null before `start`. */
  readonly at: Cursor | null
  /** Delivers the events after `cursor` from now on. Only the first call counts. */
  start(cursor: Cursor): void
  /** Takes an event and the cursor it follows, from anywhere, in any order, any number of times. */
  receive(before: Cursor, event: RoomEvent): void
  /** Whether everything up to this head was delivered. What waits for its window is delivered now. */
  hasDelivered(head: Cursor): boolean
  /**
   * Compares with the log's head, which was requested while the feed was at `then`. Nothing else shows that the last bus message was
   * lost.
   */
  compare(head: Cursor, then: Cursor): void
  /** Delivers what waits for its window, and nothing afterwards. */
  close(): void
}

export interface RoomFeedOptions {
  room: string
  log: MessageLog
  clock: Clock
  /** Receives consecutive events. An empty list with a new cursor says that the room continues there. */
  deliver(list: EventList): void
  onError(cause: unknown): void
  /** Called when the feed reads a gap from the log, and when the log has a new epoch. */
  onRepair?(what: 'hole' | 'epoch'): void
}

export function createRoomFeed({ room, log, clock, deliver, onError, onRepair = () => {} }: RoomFeedOptions): RoomFeed {
  let at: Cursor | null = null
  let closed = false
  let repairing = false
  let cancelRepair: Cancel | null = null
  /** Repairs in a row that delivered nothing. Each doubles the wait, so a gap that cannot be filled costs little. */
  let failedRepairs = 0
  let epochsLeft: string[] = []
  const lists = createEventLists({ room, clock, deliver })
  const pending = new Map<number, { before: Cursor; event: RoomEvent }>()
  const deliveredIds = new Map<number, string>()

  /** Whether another event was delivered at the same place. */
  const contradicts = ({ seq, id }: RoomEvent) => (deliveredIds.get(seq) ?? id) !== id

  /** Delivers the events that follow, and plans a repair for those that do not follow yet. */
  function advance() {
    if (!at) return
    for (let next = pending.get(at.seq + 1); next; next = pending.get(at.seq + 1)) {
      if (next.before.epoch !== at.epoch || next.before.id !== at.id) return repairSoon()
      pending.delete(next.event.seq)
      add(next.event)
    }
    for (const { before, event } of pending.values()) {
      if (before.epoch !== at.epoch || contradicts(event)) return repairSoon()
      if (event.seq <= at.seq) pending.delete(event.seq)
    }
    if (pending.size > 0) return repairLater()
    cancelRepair?.()
    cancelRepair = null
    failedRepairs = 0
  }

  function add(event: RoomEvent) {
    if (!at) return
    lists.add(at, event)
    failedRepairs = 0
    at = { epoch: at.epoch, seq: event.seq, id: event.id }
    deliveredIds.set(event.seq, event.id)
    deliveredIds.delete(event.seq - DELIVERED_IDS_MAX)
  }

  /** At once, unless the last repair was in vain. */
  function repairSoon() {
    if (failedRepairs > 0) repairLater()
    else repair()
  }

  function repairLater() {
    if (!repairing) cancelRepair ??= clock.after(backoffMs(failedRepairs, REPAIR_WAITS), repair)
  }

  function repair() {
    cancelRepair?.()
    cancelRepair = null
    if (repairing || closed || !at) return
    repairing = true
    failedRepairs += 1
    onRepair('hole')
    repairFromLog(log, room, repairable).then(
      () => {
        repairing = false
        dropContradicted()
        advance()
      },
      (cause: unknown) => {
        repairing = false
        onError(cause)
        repairLater()
      }
    )
  }

  /** The log has just confirmed the feed's epoch and order. Other bus messages are about a log that no longer exists. */
  function dropContradicted() {
    for (const [seq, { before }] of pending)
      if (at && (before.epoch !== at.epoch || before.seq < at.seq || (before.seq === at.seq && before.id !== at.id)))
        pending.delete(seq)
  }

  const pendingFrom = (seq: number) =>
    [...pending.values()]
      .map(({ before }) => before)
      .filter((before) => before.seq < seq)
      .toSorted((a, b) => a.seq - b.seq)

  const repairable: RepairableFeed = {
    get at() {
      return closed ? null : at
    },
    hasLeft: (epoch) => epochsLeft.includes(epoch),
    pendingFrom,
    deliver(event) {
      if (event.seq === (at?.seq ?? 0) + 1) add(event)
    },
    restart(cursor) {
      // Events may have arrived while the log was read.
      if (!at || (cursor.epoch === at.epoch && cursor.seq < at.seq)) return
      lists.flush()
      if (cursor.epoch !== at.epoch) {
        onRepair('epoch')
        // A restored copy may also bring back an epoch.
        epochsLeft = [...epochsLeft, at.epoch].filter((epoch) => epoch !== cursor.epoch).slice(-EPOCHS_LEFT_MAX)
      }
      failedRepairs = 0
      deliveredIds.clear()
      at = cursor
      for (const [seq, { before }] of pending) if (before.epoch !== at.epoch || seq <= at.seq) pending.delete(seq)
      deliver({ room, before: at, events: [] })
    }
  }

  return {
    room,
    get at() {
      return at
    },
    start(cursor) {
      if (at) return
      // Events that arrived before the start are delivered too: somebody was already listening.
      at = pendingFrom(cursor.seq).find(({ epoch }) => epoch === cursor.epoch) ?? cursor
      advance()
    },
    receive(before, event) {
      if (closed || epochsLeft.includes(before.epoch)) return
      if (at && before.epoch === at.epoch && event.seq <= at.seq && !contradicts(event)) return
      if (pending.size < PENDING_MAX) pending.set(event.seq, { before, event })
      advance()
    },
    hasDelivered(head) {
      if (!at || (head.epoch === at.epoch ? head.seq > at.seq : !epochsLeft.includes(head.epoch))) return false
      lists.flush()
      return true
    },
    compare(head, then) {
      if (!at) return
      // A head between the two positions is merely old. One below `then` is from a slow copy of the log, or shows a loss.
      const least = then.epoch === at.epoch ? then : at
      const isOld = head.epoch === at.epoch && head.seq < at.seq && head.seq >= least.seq
      if (!isOld && !isSame(head, at)) repair()
    },
    close() {
      lists.close()
      closed = true
      cancelRepair?.()
    }
  }
}
