// The verbs about what a person has read.
import { isOpen, type MentionFound, type ReadPosition, type UnreadRoom } from '../contract.ts'
import { answerBytes } from '../log/answer-bytes.ts'
import type { MessageLog } from '../log/message-log.ts'
import type { Reads } from '../reads/reads.ts'
import { seenFrom } from './room-access.ts'
import type { Caller } from './announcement.ts'
import { answerCost, costs, roomListCost } from './costs.ts'
import type { Hub } from './hub.ts'
import { personOf } from './permissions.ts'

export function createReadVerbs({ log, reads, hub }: { log: MessageLog; reads: Reads; hub: Hub }) {
  const { spend } = hub.budget

  /** In the private rooms that the caller may enter now, the place after which they see the room. */
  async function placesIn(
    caller: Caller,
    all: readonly { room: string }[]
  ): Promise<Map<string, Omit<ReadPosition, 'back'>>> {
    if (all.every(({ room }) => isOpen(room))) return new Map()
    const { id } = personOf(caller)
    const own = (await log.roomsOf(id)).map((record) => ({
      room: record.room.id,
      epoch: record.head.epoch,
      seq: seenFrom(record, id)
    }))
    return new Map(own.map((place) => [place.room, place]))
  }

  async function visible<T extends { room: string }>(caller: Caller, all: readonly T[]): Promise<T[]> {
    const places = await placesIn(caller, all)
    return all.filter(({ room }) => isOpen(room) || places.has(room))
  }

  return {
    /** How far the caller has read each room, and what is left. @throws ChatError too-fast, sign-in; StoreUnavailable */
    async unread(caller: Caller): Promise<UnreadRoom[]> {
      spend(caller, costs.event)
      const { id } = personOf(caller)
      let rooms = await reads.unread(id)
      await hub.payForAnswer(caller, roomListCost(rooms.length))
      const places = await placesIn(caller, rooms)
      // What was written before somebody came in counts as read.
      const early = rooms.flatMap(({ room, seq, back }) => {
        const place = places.get(room)
        return place && seq < place.seq ? [{ ...place, back }] : []
      })
      if (early.length > 0) {
        reads.move(id, early)
        rooms = await reads.unread(id)
      }
      return rooms.filter(({ room }) => isOpen(room) || places.has(room))
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
      const seen = await placesIn(caller, places)
      const pages = found
        .flat()
        .filter(({ room, message }) => isOpen(room) || message.seq > (seen.get(room)?.seq ?? Infinity))
      await hub.payForAnswer(
        caller,
        answerCost(answerBytes({ messages: pages.map(({ message }) => message), older: false }))
      )
      return pages
    },

    /**
     * The caller has read so far. It is stored soon, not at once. A person who has read a private room over a connection has it open there;
     * positions of others in rooms that they may not enter are left out.
     * @throws ChatError too-fast, sign-in; without a connection StoreUnavailable
     */
    async moveRead(caller: Caller, positions: ReadPosition[]): Promise<void> {
      spend(caller, costs.event)
      const { id } = personOf(caller)
      reads.move(id, caller.connection ? positions : await visible(caller, positions), caller.connection)
    },

    /** A person who has left for good. @throws StoreUnavailable */
    forgetReads: reads.forget
  }
}
