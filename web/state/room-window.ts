// How many messages of a room stay loaded.
import { PAGE_MESSAGES } from '../../src/contract.ts'
import { trimmed, trimmedAfter, type RoomLog } from '../engine/room-log.ts'

export const WINDOW_MESSAGES = 300
/** Live messages may exceed the window by this many, so that rows are trimmed in groups. */
export const WINDOW_SLACK_MESSAGES = PAGE_MESSAGES

/** Trims the end that the person does not read. While they read older messages, no row in view may go away. */
export function windowOf(log: RoomLog, readsOlder: boolean): RoomLog {
  const max = WINDOW_MESSAGES + WINDOW_SLACK_MESSAGES
  if (log.messages.length <= max) return log
  return readsOlder ? trimmedAfter(log, max) : trimmed(log, WINDOW_MESSAGES)
}
