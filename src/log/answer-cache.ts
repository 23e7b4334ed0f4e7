// Answers of the log that are given again for a moment: bounded in bytes, and only as long as the room's feed has not moved,
// because what happened later reaches the client by the feed.
import type { Cursor, Page, Sync } from '../contract.ts'
import { answerBytes } from './answer-bytes.ts'
import type { Clock } from '../clock.ts'
import { isSame } from './cursor.ts'

/** Answers hold texts, so they are not kept longer than a crowd needs to come in. */
export const KEPT_FOR_MS = 1_000
/** All kept answers together. */
export const KEPT_MAX_BYTES = 8_000_000
/** A larger answer would push out too many others. */
const ANSWER_KEPT_MAX_BYTES = KEPT_MAX_BYTES / 8
/** Keeps looking for an answer cheap. */
const KEPT_MAX = 500
/** An answer costs memory beside its texts. */
const ENTRY_BYTES = 1_000

interface Kept {
  room: string
  question: string
  at: Cursor
  answer: Sync | Page
  bytes: number
}

export interface AnswerCache {
  /** The answer to this question, while the feed still stands at `at`. */
  get(room: string, question: string, at: Cursor): Sync | Page | null
  /** The events after a cursor, out of an answer that holds the cursor's own event. */
  eventsAfter(room: string, cursor: Cursor, at: Cursor): Sync | null
  keep(room: string, question: string, at: Cursor, answer: Sync | Page): void
  /** Bytes kept now. */
  readonly bytes: number
}

export function createAnswerCache(clock: Clock): AnswerCache {
  /** The oldest first. */
  const all = new Set<Kept>()
  let bytes = 0

  function drop(entry: Kept) {
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
      for (const { answer } of current(room, at)) {
        if (!('events' in answer) || answer.cursor.epoch !== cursor.epoch) continue
        const place = cursor.seq - (answer.events[0]?.seq ?? 0)
        if (answer.events[place]?.id !== cursor.id) continue
        const events = answer.events.slice(place + 1)
        // An empty answer that promises more would send the client round in circles.
        if (events.length > 0 || !answer.more) return { ...answer, events }
      }
      return null
    },
    keep(room, question, at, answer) {
      const entry = { room, question, at, answer, bytes: answerBytes(answer) + ENTRY_BYTES }
      if (entry.bytes > ANSWER_KEPT_MAX_BYTES) return
      all.add(entry)
      bytes += entry.bytes
      for (const oldest of all) {
        if (bytes <= KEPT_MAX_BYTES && all.size <= KEPT_MAX) break
        drop(oldest)
      }
      clock.after(KEPT_FOR_MS, () => drop(entry))
    },
    get bytes() {
      return bytes
    }
  }
}
