// Reads of the store that clients share. Identical questions are one read while it is on its way, and for a moment after.
// Different old cursors that can only lead to a fresh start are one question.
import { CATCH_UP_MAX_EVENTS, type Cursor, type Page, type Sync } from '../contract.ts'
import type { MessageLog, RoomRecord } from './message-log.ts'
import { createAnswerCache } from './answer-cache.ts'
import type { Clock } from '../clock.ts'
import { createReadQueue } from './read-queue.ts'
import { isSame } from './cursor.ts'

export interface SharedReads {
  sync(room: string, cursor: Cursor | null, pageSize: number): Promise<Sync>
  /** `now`: not from an earlier moment, not even from one at which this instance had heard of no change since. */
  page(
    room: string,
    before: { seq: number } | { id: string } | null,
    limit: number,
    options: { removed: boolean; maxBytes?: number; now?: boolean }
  ): Promise<Page>
  /** The room and its head as they are now: never an answer of a read that began before the call. */
  room(id: string): Promise<RoomRecord>
}

/** A read that is not answered yet. `begun`: where the feed stood when the store was asked; undefined while it waits for its turn. */
interface Asked {
  begun: Cursor | null | undefined
  answer: Promise<unknown>
}

/**
 * `at`: where this instance's feed of the room stands; null when it says nothing about the log. Then only a read that has not begun is
 * shared, so that nobody receives an answer from before their question.
 */
export function createSharedReads(options: {
  log: Pick<MessageLog, 'sync' | 'before' | 'room'>
  clock: Clock
  at(room: string): Cursor | null
}): SharedReads {
  const { log, clock, at } = options
  const queue = createReadQueue(clock)
  const cache = createAnswerCache(clock)
  const asked = new Map<string, Asked>()

  function share<T>(question: string, room: string, stands: () => Cursor | null, read: () => Promise<T>): Promise<T> {
    const feed = stands()
    const known = asked.get(question)
    const mayJoin = known && (known.begun === undefined || (known.begun && feed && isSame(known.begun, feed)))
    if (mayJoin) return known.answer as Promise<T>
    const entry: Asked = { begun: undefined, answer: Promise.resolve() }
    const answer = queue
      .run(room, () => {
        entry.begun = stands()
        return read()
      })
      .finally(() => {
        if (asked.get(question) === entry) asked.delete(question)
      })
    entry.answer = answer
    asked.set(question, entry)
    return answer
  }

  /** Reads, unless the cache has learned the answer by the time the read may begin. `keepAs`: the question that this answer answers. */
  function kept<T extends Sync | Page>(
    question: string,
    room: string,
    known: (feed: Cursor) => T | null,
    read: () => Promise<T>,
    keepAs: (answer: T) => string = () => question
  ): Promise<T> {
    const stands = () => at(room)
    const now = stands()
    const answer = now && known(now)
    if (answer) return Promise.resolve(answer)
    return share(question, room, stands, async () => {
      const feed = stands()
      const learned = feed && known(feed)
      if (learned) return learned
      const fromStore = await read()
      // Events that came meanwhile may be missing from the answer.
      const after = stands()
      if (feed && after && isSame(feed, after)) cache.keep(room, keepAs(fromStore), feed, fromStore)
      return fromStore
    })
  }

  return {
    sync(room, cursor, pageSize) {
      const fresh = JSON.stringify(['fresh', room, pageSize])
      const readFresh = () => log.sync(room, null, pageSize)
      const feed = at(room)
      // Usually an epoch that is over. It might also be a new one that the feed has not heard of, so nothing older is answered.
      if (cursor && feed && cursor.epoch !== feed.epoch) return share(`${fresh} now`, room, () => null, readFresh)
      if (!cursor || (feed && isTooOld(cursor, feed)))
        return kept(fresh, room, (now) => cache.get(room, fresh, now) as Sync | null, readFresh)
      const question = JSON.stringify(['events', room, cursor.epoch, cursor.seq, cursor.id, pageSize])
      return kept(
        question,
        room,
        (now) => cache.eventsAfter(room, cursor, now) ?? (cache.get(room, question, now) as Sync | null),
        () => log.sync(room, cursor, pageSize),
        // A fresh start answers everybody who needs one, whatever they asked with.
        ({ kind }) => (kind === 'fresh' ? fresh : question)
      )
    },

    page(room, before, limit, { now = false, ...wanted }) {
      const question = JSON.stringify(['page', room, before, limit, wanted.removed, wanted.maxBytes, now])
      const read = () => log.before(room, before, limit, wanted)
      if (now) return share(question, room, () => null, read)
      return kept(question, room, (feed) => cache.get(room, question, feed) as Page | null, read)
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

const isTooOld = (cursor: Cursor, feed: Cursor) => cursor.seq < feed.seq - CATCH_UP_MAX_EVENTS
