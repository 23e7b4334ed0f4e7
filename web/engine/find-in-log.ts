// Looks for a message in the log, for when the server may have forgotten its id.
import { PAGE_MAX_MESSAGES } from '../../src/contract.ts'
import { isTemporary } from './backoff.ts'
import type { Ask } from './socket.ts'
import type { OutboxItem } from './outbox/item.ts'
import { findMessage, type RoomLog } from './room-log.ts'

/** `unknown`: the log does not show it. `later`: the log couldn't be read. */
export type Found = 'there' | 'absent' | 'unknown' | 'later'

/** How many pages it reads at most. */
const PAGES_MAX = 8
/** This device's clock and the server's may differ by less than this. */
const CLOCK_SKEW_MS = 24 * 60 * 60 * 1_000

/** Reads the loaded page and the pages before it, back to the time of the first attempt. */
export async function findInLog(ask: Ask, log: RoomLog | null, item: OutboxItem): Promise<Found> {
  if (!log) return 'later'
  if (findMessage(log, item.id)) return 'there'
  const since = (item.triedAt ?? item.at) - CLOCK_SKEW_MS
  let [first] = log.messages
  let { older } = log
  for (let page = 0; page < PAGES_MAX; page++) {
    if (first && first.at < since) return 'absent'
    // Messages before the first one may have been trimmed, unless it is the first of the room.
    if (!older) return (first?.seq ?? log.cursor.seq + 1) === 1 ? 'absent' : 'unknown'
    const before = first?.seq ?? log.cursor.seq + 1
    const reply = await ask('room:before', { room: item.room, before, limit: PAGE_MAX_MESSAGES })
    if (!reply.ok) return isTemporary(reply.reason) ? 'later' : 'unknown'
    const { messages } = reply.value
    if (messages.some(({ id }) => id === item.id)) return 'there'
    older = reply.value.older
    first = messages[0] ?? first
  }
  return 'unknown'
}
