// The tails of all rooms that somebody on this instance has opened.
import type { Cursor, EventList, RoomEvent } from '../contract.ts'
import type { Heads } from './message-log.ts'
import { createTail, type Tail, type TailOptions } from './feed.ts'

const FOLLOW_AGAIN_MS = 1_000

export interface Tails {
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

export function createTails(
  options: Omit<TailOptions, 'room' | 'release'> & { release(list: EventList): void }
): Tails {
  const { log, clock, onTrouble } = options
  const tails = new Map<string, Tail>()
  /** Rooms whose head is being asked for. */
  const following = new Set<string>()
  let closed = false

  const at = (room: string) => tails.get(room)?.at ?? null

  function open(room: string) {
    if (!tails.has(room)) tails.set(room, createTail({ ...options, room }))
  }

  function follow(room: string) {
    if (at(room) || following.has(room)) return
    open(room)
    following.add(room)
    log.heads().then(
      (heads) => {
        following.delete(room)
        const head = heads.get(room)
        if (head) tails.get(room)?.start(head)
      },
      (cause: unknown) => {
        onTrouble(cause)
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
      tails.get(room)?.start(cursor)
    },
    hear(room, before, event) {
      tails.get(room)?.hear(before, event)
    },
    async compare(ask) {
      const stood = [...tails.values()].map((tail) => ({ tail, at: tail.at }))
      const heads = await ask()
      for (const { tail, at } of stood) {
        const head = heads.get(tail.room)
        if (head && at) tail.compare(head, at)
      }
    },
    close() {
      closed = true
      for (const tail of tails.values()) tail.close()
    }
  }
}
