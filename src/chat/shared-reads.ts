// Many clients with one hole, or one moment of coming back, are one read: an answer is given again as long as this
// instance's tail has not moved since, for what was said later reaches the reader by the tail.
import type { Cursor, Sync } from '../contract.ts'
import type { MessageLog } from '../storage/message-log.ts'
import type { Clock } from './clock.ts'
import { isSame } from './tail.ts'

/** Answers hold texts, so they aren't kept longer than a crowd needs to come in. */
export const SHARED_FOR_MS = 1_000
/** Different questions remembered at once. */
const QUESTIONS_MAX = 1_000

export type SharedReads = (room: string, cursor: Cursor | null, pageSize: number) => Promise<Sync>

/** `at`: where the room's tail stands. Reads of a room without one are not shared. */
export function createSharedReads(options: {
  log: Pick<MessageLog, 'sync'>
  clock: Clock
  at(room: string): Cursor | null
}): SharedReads {
  const { log, clock, at } = options
  const answers = new Map<string, { answer: Promise<Sync>; tail: Cursor }>()

  return (room, cursor, pageSize) => {
    const tail = at(room)
    if (!tail) return log.sync(room, cursor, pageSize)
    const question = JSON.stringify([room, cursor?.epoch, cursor?.seq, cursor?.id, pageSize])
    const known = answers.get(question)
    if (known && isSame(known.tail, tail)) return known.answer
    const answer = log.sync(room, cursor, pageSize)
    const entry = { answer, tail }
    const forget = () => {
      if (answers.get(question) === entry) answers.delete(question)
    }
    if (answers.size < QUESTIONS_MAX) {
      answers.set(question, entry)
      clock.after(SHARED_FOR_MS, forget)
    }
    answer.catch(forget)
    return answer
  }
}
