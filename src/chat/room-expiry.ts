// Removes unused rooms: those without a message and without anybody in them that are older than a week. So a person who has created
// their share of rooms, or a chat that is full of them, can create new ones.
import { LOBBY, type Room } from '../contract.ts'
import type { MessageLog } from '../log/message-log.ts'
import type { Clock } from '../clock.ts'

/** An empty room lives at least this long. */
const EMPTY_ROOM_LIVES_MS = 7 * 24 * 60 * 60 * 1000
/** Listing the rooms starts a check at most once in this time. */
const LOOK_EVERY_MS = 60 * 60 * 1000
/** The same when there is no space for another room. */
const LOOK_WHEN_FULL_EVERY_MS = 60 * 1000

export interface RoomExpiryOptions {
  log: Pick<MessageLog, 'removeRooms'>
  clock: Clock
  /** Nobody is in the room, for certain. */
  isDeserted(room: string): boolean
  removed(room: string): void
}

export interface RoomExpiry {
  /**
   * Removes the unused ones of these, unless a check was made a short time ago. `full`: there is no space for another. @throws
   * StoreUnavailable
   */
  look(rooms: readonly Room[], full?: boolean): Promise<void>
}

export function createRoomExpiry({ log, clock, isDeserted, removed }: RoomExpiryOptions): RoomExpiry {
  let lookedAt = -Infinity

  return {
    async look(rooms, full = false) {
      const now = clock.now()
      if (now - lookedAt < (full ? LOOK_WHEN_FULL_EVERY_MS : LOOK_EVERY_MS)) return
      lookedAt = now
      const createdBefore = now - EMPTY_ROOM_LIVES_MS
      const old = rooms.filter(({ id, at }) => id !== LOBBY && at < createdBefore && isDeserted(id)).map(({ id }) => id)
      if (old.length > 0) for (const id of await log.removeRooms(old)) removed(id)
    }
  }
}
