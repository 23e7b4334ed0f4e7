// The verbs about what a person has read.
import { isOpen, type MentionFound, type Message, type ReadPosition, type UnreadRoom } from '../contract.ts'
import { ChatError } from '../errors.ts'
import { answerBytes } from '../log/answer-bytes.ts'
import type { MessageLog } from '../log/message-log.ts'
import type { Reads } from '../reads/reads.ts'
import { seenFrom } from './access.ts'
import type { Caller } from './announcement.ts'
import { answerCost, costs, roomListCost } from './costs.ts'
import type { Hub } from './hub.ts'

export function createReadVerbs({ log, reads, hub }: { log: MessageLog; reads: Reads; hub: Hub }) {
  const { spend } = hub.budget

  /** @throws ChatError sign-in: guests are nobody in particular */
  function personOf({ person }: Caller) {
    if (!person) throw new ChatError('sign-in')
    return person
  }

  /** Those in rooms that the caller may enter now; and of messages, those that the caller may see. */
  async function visible<T extends { room: string; message?: Message }>(caller: Caller, all: T[]): Promise<T[]> {
    if (all.every(({ room }) => isOpen(room))) return all
    const { id } = personOf(caller)
    const own = new Map((await log.roomsOf(id)).map((record) => [record.room.id, seenFrom(record, id)]))
    return all.filter(
      ({ room, message }) => isOpen(room) || (own.has(room) && (message?.seq ?? Infinity) > own.get(room)!)
    )
  }

  return {
    /** How far the caller has read each room, and what is left. @throws ChatError too-fast, sign-in; StoreUnavailable */
    async unread(caller: Caller): Promise<UnreadRoom[]> {
      spend(caller, costs.event)
      const rooms = await reads.unread(personOf(caller).id)
      await hub.payForAnswer(caller, roomListCost(rooms.length))
      return visible(caller, rooms)
    },

    /** Messages that mention the caller, the newest first. @throws ChatError too-fast, sign-in; StoreUnavailable */
    async mentions(caller: Caller): Promise<MentionFound[]> {
      spend(caller, costs.event)
      const places = await reads.mentions(personOf(caller).id)
      const found = await Promise.all(
        places.map(async ({ room, message }) => {
          const { messages } = await log.before(room, { upTo: message }, 1, { removed: false })
          return messages.map((one) => ({ room, message: one })).filter((one) => one.message.id === message)
        })
      )
      const pages = await visible(caller, found.flat())
      await hub.payForAnswer(
        caller,
        answerCost(answerBytes({ messages: pages.map(({ message }) => message), older: false }))
      )
      return pages
    },

    /**
     * The caller has read so far. It is stored soon, not at once. Whoever has read a private room over a connection has it open there;
     * positions of others in rooms that they may not enter are left out.
     * @throws ChatError too-fast, sign-in; without a connection StoreUnavailable
     */
    async moveRead(caller: Caller, positions: ReadPosition[]): Promise<void> {
      spend(caller, costs.event)
      const person = personOf(caller)
      reads.move(person, caller.connection ? positions : await visible(caller, positions), caller.connection)
    },

    /** A person who has left for good. @throws StoreUnavailable */
    forgetReads: reads.forget
  }
}
