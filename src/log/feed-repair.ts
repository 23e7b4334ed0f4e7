// Brings a feed up to date from the log: fills a gap, or moves the feed to a log that has lost events and has a new epoch.
import type { Cursor, RoomEvent } from '../contract.ts'
import type { MessageLog } from './message-log.ts'

/** What a repair needs of a feed. Its position may change while the log is read. */
export interface RepairableFeed {
  /** The last delivered event; null once the feed is closed. */
  readonly at: Cursor | null
  /** Whether the feed was in this epoch before and left it. */
  hasLeft(epoch: string): boolean
  /** The cursors below `seq` that pending events follow, the earliest first. */
  pendingFrom(seq: number): Cursor[]
  /** Delivers the event if it is the next one. */
  deliver(event: RoomEvent): void
  /** Continues after another cursor, in another epoch or beyond events that the log has trimmed. */
  restart(cursor: Cursor): void
}

/** One reader per room and instance, however many clients wait for the same gap. @throws what the log throws */
export async function repairFromLog(
  log: Pick<MessageLog, 'sync' | 'remind'>,
  room: string,
  feed: RepairableFeed
): Promise<void> {
  for (;;) {
    const from = feed.at
    if (!from) return
    const sync = await log.sync(room, from, 1)
    if (sync.kind === 'fresh') {
      const head = await newHead(from, sync.cursor)
      if (!head) return
      feed.restart(await firstPending(head))
      continue
    }
    for (const event of sync.events) feed.deliver(event)
    if (!sync.more) return
  }

  /** The head to restart at, or null when the answer came from a copy of the log that lags behind. */
  async function newHead(from: Cursor, claimed: Cursor): Promise<Cursor | null> {
    const isSameEpoch = claimed.epoch === from.epoch
    if (!isSameEpoch && !feed.hasLeft(claimed.epoch)) return claimed
    // Trimmed or lost. A log that has lost events takes a new epoch now, before anybody mixes the two.
    const head = await log.remind(room, from)
    if (head.epoch !== from.epoch) return head
    return isSameEpoch && claimed.seq > from.seq ? claimed : null
  }

  /** The first pending event of the new epoch: delivery continues from there, because compatible clients cannot read a gap themselves. */
  async function firstPending(head: Cursor): Promise<Cursor> {
    const [first] = feed.pendingFrom(head.seq)
    if (!first) return head
    // Its bus message may have been written before the epoch changed.
    const cursor = { ...first, epoch: head.epoch }
    const { kind } = await log.sync(room, cursor, 1)
    return kind === 'events' ? cursor : head
  }
}
