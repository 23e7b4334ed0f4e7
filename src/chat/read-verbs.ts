// The verbs about what a person has read.
import type { ReadPosition, UnreadRoom } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { Reads } from '../reads/reads.ts'
import type { Caller } from './announcement.ts'
import { costs, roomListCost } from './costs.ts'
import type { Hub } from './hub.ts'

export function createReadVerbs({ reads, hub }: { reads: Reads; hub: Hub }) {
  const { spend } = hub.budget

  /** @throws ChatError sign-in: guests are nobody in particular */
  function personOf({ person }: Caller) {
    if (!person) throw new ChatError('sign-in')
    return person
  }

  return {
    /** How far the caller has read each room, and what is left. @throws ChatError too-fast, sign-in; StoreUnavailable */
    async unread(caller: Caller): Promise<UnreadRoom[]> {
      spend(caller, costs.event)
      const rooms = await reads.unread(personOf(caller).id)
      await hub.payForAnswer(caller, roomListCost(rooms.length))
      return rooms
    },

    /** The caller has read so far. It is stored soon, not at once. @throws ChatError too-fast, sign-in */
    moveRead(caller: Caller, positions: readonly ReadPosition[]): void {
      spend(caller, costs.event)
      reads.move(personOf(caller), positions, caller.connection)
    },

    /** A person who has left for good. @throws StoreUnavailable */
    forgetReads: reads.forget
  }
}
