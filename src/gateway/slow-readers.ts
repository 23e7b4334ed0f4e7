// Engine.IO keeps what a slow client hasn't read, without bound. Beyond the high-water mark such a client is cut: it comes
// back and catches up by its cursor, which costs the others nothing.
import type { Clock } from '../clock.ts'
import { connectionsOf, cut, unreadBytes } from './connection.ts'
import type { ChatServer } from './protocol.ts'

export const HIGH_WATER_BYTES = 1_000_000
const LOOK_EVERY_MS = 1_000

/** Looks once a second. Returns the end of looking. */
export function cutSlowReaders(io: ChatServer, clock: Clock, onCut: (bytes: number) => void): () => void {
  let stop = clock.after(LOOK_EVERY_MS, look)
  return () => stop()

  function look() {
    for (const connection of connectionsOf(io)) {
      const bytes = unreadBytes(connection)
      if (bytes <= HIGH_WATER_BYTES) continue
      onCut(bytes)
      cut(connection)
    }
    stop = clock.after(LOOK_EVERY_MS, look)
  }
}
