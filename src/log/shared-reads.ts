// Reads of the store that clients share. Identical questions are one read while it is in flight, and for a moment after.
// All cursors that are too old for a catch-up are one question.
import { CATCH_UP_MAX_EVENTS, type Cursor, type Page, type Sync } from '../contract.ts'
import type { MessageLog, PagePlace, RoomRecord } from './message-log.ts'
import { createAnswerCache } from './answer-cache.ts'
import type { Clock } from '../clock.ts'
import { createStoreQueue } from './store-queue.ts'
import { createTurns } from './turns.ts'
import { isSame } from './cursor.ts'

/** Each may bring an answer of ANSWER_MAX_BYTES into memory. */
const READS_IN_FLIGHT_MAX = 32
export const READS_PER_ROOM_MAX = 4
/** A client repeats its request after 5 s without an answer, so a read that starts later is wasted. */
export const READ_WAITS_MAX_MS = 3_000

export interface SharedReads {
  sync(room: string, cursor: Cursor | null, pageSize: number): Promise<Sync>
  /** A fresh start, never from an earlier moment. */
  fresh(room: string, pageSize: number): Promise<Sync>
  /** `now`: never from an earlier moment, even if this instance has received no change since. */
  page(
    room: string,
    before: PagePlace | null,
    limit: number,
    options: { removed: boolean; maxBytes?: number; now?: boolean }
  ): Promise<Page>
  /** The room and its head as they are now: never an answer of a read that began before the call. */
  room(id: string): Promise<RoomRecord>
}

/** A read in flight. `startedAt`: the feed's cursor when the store was pending; undefined while the read waits for its turn. */
interface PendingRead {
  startedAt: Cursor | null | undefined
  answer: Promise<unknown>
}

/**
 * `at`: the cursor of this instance's feed of the room; null when the feed says nothing about the log. Then only a read that has not
 * started is shared, so nobody receives an answer from before their question.
 */
export function createSharedReads(options: {
  log: Pick<MessageLog, 'sync' | 'before' | 'room'>
  clock: Clock
  at(room: string): Cursor | null
}): SharedReads {
  const { log, clock, at } = options
  const queue = createStoreQueue({
    clock,
    inFlightMax: READS_IN_FLIGHT_MAX,
    perKeyMax: READS_PER_ROOM_MAX,
    waitsMaxMs: READ_WAITS_MAX_MS
  })
  const nextTurn = createTurns()
  const cache = createAnswerCache(clock)
  const pending = new Map<string, PendingRead>()

  function share<T>(question: string, room: string, position: () => Cursor | null, read: () => Promise<T>): Promise<T> {
    const feed = position()
    const known = pending.get(question)
    const mayJoin =
      known && (known.startedAt === undefined || (known.startedAt && feed && isSame(known.startedAt, feed)))
    if (mayJoin) return known.answer as Promise<T>
    const entry: PendingRead = { startedAt: undefined, answer: Promise.resolve() }
    const answer = queue
      .run(room, async () => {
        // An embedded store answers at once: many reads in a row would block everything else.
        await nextTurn()
        entry.startedAt = position()
        return read()
      })
      .finally(() => {
        if (pending.get(question) === entry) pending.delete(question)
      })
    entry.answer = answer
    pending.set(question, entry)
    return answer
  }

  /** Reads, unless the cache has the answer by the time the read may start. `cacheAs`: the question that this answer answers. */
  function cached<T extends Sync | Page>(
    question: string,
    room: string,
    known: (feed: Cursor) => T | null,
    read: () => Promise<T>,
    cacheAs: (answer: T) => string = () => question
  ): Promise<T> {
    const position = () => at(room)
    const now = position()
    const answer = now && known(now)
    if (answer) return Promise.resolve(answer)
    return share(question, room, position, async () => {
      const feed = position()
      const learned = feed && known(feed)
      if (learned) return learned
      const fromStore = await read()
      // Events that arrived meanwhile may be missing from the answer.
      const after = position()
      if (feed && after && isSame(feed, after)) cache.store(room, cacheAs(fromStore), feed, fromStore)
      return fromStore
    })
  }

  const fresh: SharedReads['fresh'] = (room, pageSize) =>
    share(
      JSON.stringify(['fresh now', room, pageSize]),
      room,
      () => null,
      () => log.sync(room, null, pageSize)
    )

  return {
    fresh,

    sync(room, cursor, pageSize) {
      const feed = at(room)
      // Usually an epoch that is over. It may be a new one that the feed does not know, so no earlier answer is given.
      if (cursor && feed && cursor.epoch !== feed.epoch) return fresh(room, pageSize)
      const newest = JSON.stringify(['fresh', room, pageSize])
      if (!cursor || (feed && isTooOld(cursor, feed)))
        return cached(
          newest,
          room,
          (now) => cache.get(room, newest, now) as Sync | null,
          () => log.sync(room, null, pageSize)
        )
      const question = JSON.stringify(['events', room, cursor.epoch, cursor.seq, cursor.id, pageSize])
      return cached(
        question,
        room,
        (now) => (cache.get(room, question, now) as Sync | null) ?? cache.eventsAfter(room, cursor, now),
        () => log.sync(room, cursor, pageSize),
        // A fresh answer serves everyone who needs one, whatever their cursor.
        ({ kind }) => (kind === 'fresh' ? newest : question)
      )
    },

    page(room, before, limit, { now = false, ...wanted }) {
      const question = JSON.stringify(['page', room, before, limit, wanted.removed, wanted.maxBytes, now])
      const read = () => log.before(room, before, limit, wanted)
      if (now) return share(question, room, () => null, read)
      return cached(question, room, (feed) => cache.get(room, question, feed) as Page | null, read)
    },

    room: (id) =>
      share(
        JSON.stringify(['room', id]),
        id,
        () => null,
        () => log.room(id)
      )
  }
}

/** Too far behind for a catch-up. */
export const isTooOld = (cursor: Cursor, feed: Cursor) => cursor.seq < feed.seq - CATCH_UP_MAX_EVENTS
