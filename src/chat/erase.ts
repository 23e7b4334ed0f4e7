// Removes what a person wrote in open rooms in the last day, as ordinary removals, in the order of each room.
import { PAGE_MAX_MESSAGES, newId, type Author, type Message } from '../contract.ts'
import type { Clock } from '../clock.ts'
import { ChatError } from '../errors.ts'
import type { MessageLog } from '../log/message-log.ts'
import type { Caller } from './announcement.ts'
import type { Hub } from './hub.ts'

const ERASED_MS = 24 * 60 * 60_000
/** Removals at the same time: in a far region one takes as long as a round trip. */
const AT_ONCE = 20

/** Returns how many messages it has removed. Repeating it removes what is left. @throws ChatError too-fast; StoreUnavailable */
export type Eraser = (caller: Caller, person: string) => Promise<number>

export function createEraser({ log, hub, clock }: { log: MessageLog; hub: Hub; clock: Clock }): Eraser {
  async function remove(room: string, by: Author, message: string): Promise<number> {
    try {
      const change = { kind: 'removed', room, id: newId(), by, at: clock.now(), message, asModerator: true } as const
      hub.distribute(room, await log.append(change))
      return 1
    } catch (cause) {
      // Somebody else has removed it meanwhile.
      if (cause instanceof ChatError && ['no-message', 'no-room'].includes(cause.reason)) return 0
      throw cause
    }
  }

  /** The person's messages of the last day in a room, the newest first. */
  async function writtenBy(person: string, room: string): Promise<Message[]> {
    const found: Message[] = []
    const since = clock.now() - ERASED_MS
    for (let before: { seq: number } | null = null; ;) {
      const { messages, older } = await log.before(room, before, PAGE_MAX_MESSAGES, { removed: false })
      found.push(...messages.filter(({ by, at }) => by.id === person && at >= since).toReversed())
      const [oldest] = messages
      if (!older || !oldest || oldest.at < since) return found
      before = { seq: oldest.seq }
    }
  }

  return async (caller, person) => {
    const by = { id: caller.person?.id ?? null, name: caller.name }
    let count = 0
    for (const { id: room } of await hub.directory.list()) {
      const messages = await writtenBy(person, room)
      for (let n = 0; n < messages.length; n += AT_ONCE) {
        const removed = await Promise.all(messages.slice(n, n + AT_ONCE).map(({ id }) => remove(room, by, id)))
        count += removed.reduce((sum, one) => sum + one, 0)
      }
    }
    return count
  }
}
