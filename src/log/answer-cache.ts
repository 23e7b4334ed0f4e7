// Answers of the log that are reused for a moment, bounded in bytes. An answer is valid only while the room's feed has not moved,
// because the client receives later events from the feed.
import type { Cursor, Page, Sync } from '../contract.ts'
import { answerBytes } from './answer-bytes.ts'
import type { Clock } from '../clock.ts'
import { isSame } from './cursor.ts'

/** Answers hold texts, so they live no longer than a crowd needs to connect. */
export const CACHED_FOR_MS = 1_000
/** All cached answers together. */
export const CACHE_MAX_BYTES = 8_000_000
/** A larger answer would push out too many others. */
const ANSWER_MAX_BYTES = CACHE_MAX_BYTES / 8
/** Keeps lookups cheap. */
const CACHE_MAX = 500
/** Memory of an answer beside its texts. */
const ENTRY_BYTES = 1_000

interface Entry {
  room: string
  question: string
  at: Cursor
  answer: Sync | Page
  bytes: number
  /** What `eventsAfter` took out of it last: a crowd asks from one place. */
  part?: { after: number; answer: Sync }
}

export interface AnswerCache {
  /** The answer to this question, while the feed is still at `at`. */
  get(room: string, question: string, at: Cursor): Sync | Page | null
  /** The events after a cursor, out of an answer that holds the cursor's own event. */
  eventsAfter(room: string, cursor: Cursor, at: Cursor): Sync | null
  store(room: string, question: string, at: Cursor, answer: Sync | Page): void
  /** Bytes cached now. */
  readonly bytes: number
}

export function createAnswerCache(clock: Clock): AnswerCache {
  /** The oldest first. */
  const all = new Set<Entry>()
  let bytes = 0

  function drop(entry: Entry) {
    if (all.delete(entry)) bytes -= entry.bytes
  }

  function* current(room: string, at: Cursor) {
    for (const entry of all) {
      if (entry.room !== room) continue
      if (isSame(entry.at, at)) yield entry
      else drop(entry)
    }
  }

  return {
    get(room, question, at) {
      for (const entry of current(room, at)) if (entry.question === question) return entry.answer
      return null
    },
    eventsAfter(room, cursor, at) {
      for (const entry of current(room, at)) {
        const { answer, part } = entry
        if (!('events' in answer) || answer.cursor.epoch !== cursor.epoch) continue
        const place = cursor.seq - (answer.events[0]?.seq ?? 0)
        if (answer.events[place]?.id !== cursor.id) continue
        if (part?.after === place) return part.answer
        const events = answer.events.slice(place + 1)
        // An empty answer that promises more would make the client ask forever.
        if (events.length === 0 && answer.more) continue
        entry.part = { after: place, answer: { ...answer, events } }
        return entry.part.answer
      }
      return null
    },
    store(room, question, at, answer) {
      const entry: Entry = { room, question, at, answer, bytes: answerBytes(answer) + ENTRY_BYTES }
      if (entry.bytes > ANSWER_MAX_BYTES) return
      all.add(entry)
      bytes += entry.bytes
      for (const oldest of all) {
        if (bytes <= CACHE_MAX_BYTES && all.size <= CACHE_MAX) break
        drop(oldest)
      }
      clock.after(CACHED_FOR_MS, () => drop(entry))
    },
    get bytes() {
      return bytes
    }
  }
}
