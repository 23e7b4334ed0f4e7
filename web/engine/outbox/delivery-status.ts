// What became of a message that was tried longer ago than the server remembers: the log itself may still know.
import { PAGE_MAX_MESSAGES } from '../../../src/contract.ts'
import type { Ask } from '../socket.ts'
import type { OutboxItem } from './item.ts'
import type { Found } from './deps.ts'
import { findMessage, type RoomLog } from '../room-log.ts'

/** How far back it is looked for. */
const PAGES = 8
/** More than this device's clock and a server's may differ. */
const CLOCKS_MS = 24 * 60 * 60 * 1_000

/** Looks in the log that is held and in the pages before it, back to the time of the first attempt. */
export async function lookInLog(ask: Ask, log: RoomLog | null, item: OutboxItem): Promise<Found> {
  if (!log) return 'later'
  if (findMessage(log, item.id)) return 'there'
  const since = (item.triedAt ?? item.at) - CLOCKS_MS
  let [first] = log.messages
  let { older } = log
  for (let page = 0; page < PAGES; page++) {
    if (first && first.at < since) return 'absent'
    // Before the first that is left there may have been others, but not before the very first.
    if (!older) return (first?.seq ?? log.cursor.seq + 1) === 1 ? 'absent' : 'unknown'
    const before = first?.seq ?? log.cursor.seq + 1
    const reply = await ask('room:before', { room: item.room, before, limit: PAGE_MAX_MESSAGES })
    if (!reply.ok) return 'later'
    const { messages } = reply.value
    if (messages.some(({ id }) => id === item.id)) return 'there'
    older = reply.value.older
    first = messages[0] ?? first
  }
  return 'unknown'
}
