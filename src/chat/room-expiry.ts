// Rooms that nobody uses go by themselves: without a message, without anybody there, and older than a week. So a person who has
// made their share of rooms, or a chat that is full of them, can make new ones.
import { LOBBY, type Room } from '../contract.ts'
import type { MessageLog } from '../log/message-log.ts'
import type { Clock } from '../clock.ts'

/** An empty room lives at least this long. */
const EMPTY_ROOM_LIVES_MS = 7 * 24 * 60 * 60 * 1000
/** Whoever lists the rooms has them looked through, this often at most. */
const LOOK_EVERY_MS = 60 * 60 * 1000
/** The same for whoever finds that there is no space for another room. */
const LOOK_WHEN_FULL_EVERY_MS = 60 * 1000

export interface RoomExpiryOptions {
  log: Pick<MessageLog, 'removeRooms'>
  clock: Clock
  /** Nobody is there, as far as is known for sure. */
  isDeserted(room: string): boolean
  removed(room: string): void
}

export interface RoomExpiry {
  /** Removes the empty ones of these, unless that was tried a short time ago. `full`: there is no space for another. @throws StoreUnavailable */
  look(rooms: readonly Room[], full?: boolean): Promise<void>
}

export function createRoomExpiry({ log, clock, isDeserted, removed }: RoomExpiryOptions): RoomExpiry {
  let lookedAt = -Infinity

  return {
    async look(rooms, full = false) {
      const now = clock.now()
      if (now - lookedAt < (full ? LOOK_WHEN_FULL_EVERY_MS : LOOK_EVERY_MS)) return
      lookedAt = now
      const madeBefore = now - EMPTY_ROOM_LIVES_MS
      const old = rooms.filter(({ id, at }) => id !== LOBBY && at < madeBefore && isDeserted(id)).map(({ id }) => id)
      if (old.length > 0) for (const id of await log.removeRooms(old)) removed(id)
    }
  }
}
