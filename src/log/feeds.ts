// The tails of all rooms that somebody on this instance has opened.
import type { Cursor, EventList, RoomEvent } from '../contract.ts'
import type { Heads } from './message-log.ts'
import { createRoomFeed, type RoomFeed, type RoomFeedOptions } from './feed.ts'

const FOLLOW_AGAIN_MS = 1_000

export interface RoomFeeds {
  at(room: string): Cursor | null
  /** Has the room's events wait from now on, until `start` says after which. Call before reading that cursor, or an event falls between. */
  open(room: string): void
  /** Releases the room's events after `cursor`, unless it does so already. */
  start(room: string, cursor: Cursor): void
  /** Opens a room and starts it where the log ends. A log that is away is asked again until it answers. */
  follow(room: string): void
  /** Events of rooms that nobody here has opened are let go. */
  hear(room: string, before: Cursor, event: RoomEvent): void
  /** Looks for what no letter told: asks for the heads of all rooms, and has those tails read on that are elsewhere. */
  compare(ask: () => Promise<Heads>): Promise<void>
  close(): void
}

export function createRoomFeeds(
  options: Omit<RoomFeedOptions, 'room' | 'release'> & { release(list: EventList): void }
): RoomFeeds {
  const { log, clock, onError } = options
  const feeds = new Map<string, RoomFeed>()
  /** Rooms whose head is being asked for. */
  const following = new Set<string>()
  let closed = false

  const at = (room: string) => feeds.get(room)?.at ?? null

  function open(room: string) {
    if (!feeds.has(room)) feeds.set(room, createRoomFeed({ ...options, room }))
  }

  function follow(room: string) {
    if (at(room) || following.has(room)) return
    open(room)
    following.add(room)
    log.heads().then(
      (heads) => {
        following.delete(room)
        const head = heads.get(room)
        if (head) feeds.get(room)?.start(head)
      },
      (cause: unknown) => {
        onError(cause)
        clock.after(FOLLOW_AGAIN_MS, () => {
          following.delete(room)
          if (!closed) follow(room)
        })
      }
    )
  }

  return {
    at,
    open,
    follow,
    start(room, cursor) {
      feeds.get(room)?.start(cursor)
    },
    hear(room, before, event) {
      feeds.get(room)?.hear(before, event)
    },
    async compare(ask) {
      const stood = [...feeds.values()].map((feed) => ({ feed, at: feed.at }))
      const heads = await ask()
      for (const { feed, at } of stood) {
        const head = heads.get(feed.room)
        if (head && at) feed.compare(head, at)
      }
    },
    close() {
      closed = true
      for (const feed of feeds.values()) feed.close()
    }
  }
}
