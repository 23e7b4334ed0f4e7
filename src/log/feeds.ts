// The feeds of all rooms that somebody on this instance has opened.
import type { Cursor, RoomEvent } from '../contract.ts'
import { GAP_WAITS_MS, createRoomFeed, type RoomFeed, type RoomFeedOptions } from './feed.ts'
import type { Heads } from './message-log.ts'

const FOLLOW_AGAIN_MS = 1_000
/** While the store does not answer, and while an event is on its way. */
const READ_HEAD_AGAIN_MS = 500
const LOOK_AGAIN_MS = 20
/** A store that takes longer stalls: between the farthest regions an answer takes half as long. */
const STALLED_MS = 600

export interface RoomFeeds {
  /** The last delivered event of the room; null while it has no started feed. */
  at(room: string): Cursor | null
  /**
   * Collects the room's events until `start` says after which to deliver. Call it before reading that cursor, or events in between are
   * missed.
   */
  open(room: string): void
  /** Delivers the room's events after `cursor`, unless its feed has started. */
  start(room: string, cursor: Cursor): void
  /** Opens a room and starts it at the end of its log, and tries again while the store is unavailable. */
  follow(room: string): void
  /** Resolves once everything up to the head that is read now is delivered here, or after `withinMs`. */
  reach(room: string, readHead: () => Promise<Cursor>, withinMs: number): Promise<void>
  /** Ignores events of rooms that nobody here has opened. */
  receive(room: string, before: Cursor, event: RoomEvent): void
  /** Finds lost bus messages: reads the heads of these rooms, and repairs the feeds that are elsewhere. Returns what it read. */
  compare(readHeads: (rooms: string[]) => Promise<Heads>): Promise<Heads>
  close(): void
}

export function createRoomFeeds(options: Omit<RoomFeedOptions, 'room'>): RoomFeeds {
  const { log, clock, onError } = options
  const feeds = new Map<string, RoomFeed>()
  /** Rooms whose head is being read. */
  const following = new Set<string>()
  let closed = false

  const pause = (ms: number) => new Promise<void>((done) => void clock.after(ms, done))
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
    async reach(room, readHead, withinMs) {
      let isOver = false
      await Promise.race([reached(), pause(withinMs)])
      isOver = true

      async function reached() {
        let head: Cursor | null = null
        let hasStalled = false
        let comparesAt = Infinity
        for (;;) {
          if (!head) {
            const askedAt = clock.now()
            head = await readHead().catch((cause: unknown) => (onError(cause), null))
            // What the store stored at the end of a stall may be beyond a head that was requested during the stall.
            const isSlow = head !== null && clock.now() - askedAt > STALLED_MS
            if (isSlow && !hasStalled) head = null
            hasStalled ||= isSlow
            comparesAt = clock.now() + GAP_WAITS_MS
          }
          const feed = feeds.get(room)
          if (closed || isOver || (head && (!feed || feed.hasDelivered(head)))) return
          if (head && feed?.at && clock.now() >= comparesAt) {
            comparesAt = Infinity
            feed.compare(head, feed.at)
          }
          await pause(head ? LOOK_AGAIN_MS : READ_HEAD_AGAIN_MS)
        }
      }
    },
    receive(room, before, event) {
      feeds.get(room)?.receive(before, event)
    },
    async compare(readHeads) {
      const positions = [...feeds.values()].map((feed) => ({ feed, at: feed.at }))
      const heads = await readHeads(positions.map(({ feed }) => feed.room))
      for (const { feed, at } of positions) {
        const head = heads.get(feed.room)
        if (head && at) feed.compare(head, at)
      }
      return heads
    },
    close() {
      closed = true
      for (const feed of feeds.values()) feed.close()
    }
  }
}
