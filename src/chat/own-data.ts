// What a person has written, for the person: to download it, and to take it away when leaving for good.
import { PAGE_MAX_MESSAGES, newId, type Message, type Person, type Room } from '../contract.ts'
import type { Clock } from '../clock.ts'
import { ChatError } from '../errors.ts'
import { answerBytes } from '../log/answer-bytes.ts'
import { forgetNameIn } from '../people/former-people.ts'
import type { SharedTable } from '../people/shared-table.ts'
import type { MessageLog } from '../log/message-log.ts'
import type { Caller } from './announcement.ts'
import { answerCost, costs } from './costs.ts'
import type { Eraser } from './erase.ts'
import type { Hub } from './hub.ts'

export interface Written {
  room: Room
  /** The newest first. */
  messages: Message[]
}

export function createOwnData(options: { log: MessageLog; hub: Hub; clock: Clock; table: SharedTable; erase: Eraser }) {
  const { log, hub, clock, table, erase } = options
  /** Waits until the person can pay, so that a long history takes time and nobody else's turn. */
  async function pay(caller: Caller): Promise<void> {
    for (;;) {
      try {
        return hub.budget.spend(caller, costs.event)
      } catch (cause) {
        if (!(cause instanceof ChatError) || cause.retryAfterMs === undefined) throw cause
        const { retryAfterMs } = cause
        await new Promise<void>((resolve) => void clock.after(retryAfterMs, resolve))
      }
    }
  }

  const hiddenRooms = async ({ id }: Person) => (await log.roomsOf(id)).map(({ room }) => room)

  /** Page by page, so that its memory does not depend on how much there is. @throws StoreUnavailable */
  async function* written(caller: Caller, person: Person): AsyncGenerator<Written> {
    for (const room of [...(await hub.directory.list()), ...(await hiddenRooms(person))])
      for (let before: { seq: number } | null = null; ;) {
        await pay(caller)
        // A room that is removed meanwhile is empty.
        const page = await log.before(room.id, before, PAGE_MAX_MESSAGES, { removed: false })
        hub.budget.owe(caller, answerCost(answerBytes(page)))
        const messages = page.messages.filter(({ by }) => by.id === person.id).toReversed()
        if (messages.length > 0) yield { room, messages }
        const [oldest] = page.messages
        if (!page.older || !oldest) break
        before = { seq: oldest.seq }
      }
  }

  /** What somebody does while leaving has no name. */
  const nameless = ({ id }: Person) => ({ id, name: '' })

  async function leave(person: Person, room: string): Promise<void> {
    const by = nameless(person)
    try {
      const change = { room, id: newId(), by, at: clock.now(), what: 'left', person: by } as const
      hub.distribute(room, await log.changeMembers(change))
      await log.removeRooms([room], 'deserted')
    } catch (cause) {
      // A direct conversation has its members for good.
      if (!(cause instanceof ChatError)) throw cause
    }
  }

  /**
   * Forgets the person's name in the shared table and in all messages, and what the store's files hold of former states.
   * @throws StoreUnavailable
   */
  async function forgetName(id: string): Promise<void> {
    await forgetNameIn(table, id, clock.now)
    await log.forgetAuthor(id)
  }

  return {
    written,

    forgetName,

    /**
     * Takes the person out of the log and the shared table: their messages, if `isErasing`; and in any case their membership of private
     * rooms and their name. Repeating it goes on where it ended.
     * @throws ChatError too-fast after REMOVALS_PER_DAY removals; StoreUnavailable
     */
    async takeAway(person: Person, isErasing: boolean): Promise<void> {
      if (isErasing) await erase({ by: nameless(person), person: person.id, since: 0 })
      for (const { id } of await hiddenRooms(person)) await leave(person, id)
      await forgetName(person.id)
    }
  }
}
