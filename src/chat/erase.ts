// Removes what a person wrote, as ordinary removals, in the order of each room, and also in private rooms that the person has left.
import { PAGE_MAX_MESSAGES, newId, type Author } from '../contract.ts'
import type { Clock } from '../clock.ts'
import { ChatError } from '../errors.ts'
import type { MessageLog } from '../log/message-log.ts'
import type { Hub } from './hub.ts'

/** Reads or removals at the same time: in a far region one takes as long as a round trip. */
const AT_ONCE = 20

export interface Erasure {
  /** The author of the removals. */
  by: Author
  /** Whose messages go. */
  person: string
  /** Messages from this time on, in milliseconds since 1970. */
  since: number
}
/** Returns how many messages it has removed. Repeating it removes what is left. @throws ChatError too-fast; StoreUnavailable */
export type Eraser = (erasure: Erasure) => Promise<number>

export function createEraser({ log, hub, clock }: { log: MessageLog; hub: Hub; clock: Clock }): Eraser {
  async function remove(room: string, by: Author, message: string): Promise<number> {
    try {
      const asModerator = 'everywhere'
      const change = { kind: 'removed', room, id: newId(), by, at: clock.now(), message, asModerator } as const
      hub.distribute(room, await log.append(change))
      return 1
    } catch (cause) {
      // Somebody else has removed it meanwhile.
      if (cause instanceof ChatError && ['no-message', 'no-room'].includes(cause.reason)) return 0
      throw cause
    }
  }

  async function eraseIn(room: string, { by, person, since }: Erasure): Promise<number> {
    let count = 0
    for (let before: { seq: number } | null = null; ;) {
      // A room that is removed meanwhile is empty.
      const { messages, older } = await log.before(room, before, PAGE_MAX_MESSAGES, { removed: false })
      const theirs = messages.filter((one) => one.by.id === person && one.at >= since)
      for (let n = 0; n < theirs.length; n += AT_ONCE)
        for (const one of await Promise.all(theirs.slice(n, n + AT_ONCE).map(({ id }) => remove(room, by, id))))
          count += one
      const [oldest] = messages
      if (!older || !oldest || oldest.at < since) return count
      before = { seq: oldest.seq }
    }
  }

  async function isRecent(room: string, since: number): Promise<boolean> {
    const { messages } = await log.before(room, null, 1, { removed: false })
    return messages.some(({ at }) => at >= since)
  }

  return async (erasure) => {
    const rooms = await log.everyRoom()
    let count = 0
    for (let n = 0; n < rooms.length; n += AT_ONCE) {
      const some = rooms.slice(n, n + AT_ONCE)
      const recent = await Promise.all(some.map((room) => isRecent(room, erasure.since)))
      for (const room of some.filter((_, place) => recent[place])) count += await eraseIn(room, erasure)
    }
    return count
  }
}
