// Engine.IO buffers what a slow client has not read, without a limit. A client beyond the high-water mark is cut: it reconnects and
// catches up from its cursor.
import type { Clock } from '../clock.ts'
import { connectionsOf, cut, unreadBytes } from './connection.ts'
import type { ChatServer } from './protocol.ts'

export const HIGH_WATER_BYTES = 1_000_000
const CHECK_EVERY_MS = 1_000

/** Checks once a second. Returns a function that stops checking. */
export function cutSlowReaders(io: ChatServer, clock: Clock, onCut: (bytes: number) => void): () => void {
  let stop = clock.after(CHECK_EVERY_MS, check)
  return () => stop()

  function check() {
    for (const connection of connectionsOf(io)) {
      const bytes = unreadBytes(connection)
      if (bytes <= HIGH_WATER_BYTES) continue
      onCut(bytes)
      cut(connection)
    }
    stop = clock.after(CHECK_EVERY_MS, check)
  }
}
