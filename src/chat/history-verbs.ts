// The verbs that read a room: open it, and page through its history.
import {
  PAGE_MESSAGES,
  roomKind,
  type Cursor,
  type FormerText,
  type Page,
  type Room,
  type RoomPeople,
  type Sync
} from '../contract.ts'
import { ChatError } from '../errors.ts'
import { answerBytes } from '../log/answer-bytes.ts'
import { formerBytes } from '../log/former-texts.ts'
import type { MessageLog, PagePlace } from '../log/message-log.ts'
import { isTooOld } from '../log/shared-reads.ts'
import type { Caller } from './announcement.ts'
import { answerCost, costs, openCost } from './costs.ts'
import type { Hub } from './hub.ts'
import type { MemberVerbs } from './member-verbs.ts'
import { moderates } from './permissions.ts'
import { authorize, pageFrom, readAs, syncFrom, type Access } from './room-access.ts'

interface PageOptions {
  removed?: boolean
  maxBytes?: number
}

/** `now`: for a reader that receives no events, such as a program over HTTP. It never gets a page from an earlier moment. */
interface FreshPageOptions extends PageOptions {
  now?: boolean
}

export function createHistoryVerbs(options: {
  log: Pick<MessageLog, 'remind' | 'former'>
  hub: Hub
  shown: MemberVerbs['shown']
}) {
  const { log, hub, shown } = options
  const { feeds, reads } = hub
  const { spend, owe } = hub.budget
  /** The size of what was answered already, and is encoded by now for all who get the same. */
  const answered = new WeakMap<Sync, number>()

  const people = (room: string): RoomPeople =>
    hub.people()?.view(room) ?? { count: 0, about: false, regions: {}, people: [] }

  /** Whether the log has lost the event of a cursor that the server issued. Then it has a new epoch, and the feed learns of it. */
  async function hasLost(room: string, cursor: Cursor, sync: Sync): Promise<boolean> {
    const isExplained = sync.kind === 'events' || sync.cursor.epoch !== cursor.epoch || isTooOld(cursor, sync.cursor)
    if (isExplained) return false
    const head = await log.remind(room, cursor)
    const lost = head.epoch !== cursor.epoch
    if (lost) void feeds.compare(async () => new Map([[room, head]]))
    return lost
  }

  async function syncOf(id: string, cursor: Cursor | null, proven: boolean): Promise<Sync> {
    const first = await reads.sync(id, cursor, PAGE_MESSAGES)
    const lost = cursor !== null && proven && (await hasLost(id, cursor, first))
    return lost ? reads.fresh(id, PAGE_MESSAGES) : first
  }

  async function freshAs(caller: Caller, id: string): Promise<Sync> {
    const [fresh, { from }] = await readAs(hub, caller, id, () => reads.fresh(id, PAGE_MESSAGES))
    return syncFrom(fresh, 0, from) ?? fresh
  }

  return {
    people,

    /** Whether the caller may open this room, before anybody learns of the request. @throws ChatError too-fast, sign-in, no-room */
    async admit(caller: Caller, id: string): Promise<Access> {
      spend(caller, costs.event)
      return authorize(hub, caller, id)
    },

    /**
     * First load, catch-up and repair, for a caller who was admitted. The connection must have joined the room before, or it misses
     * events that are delivered meanwhile. `proven`: the server has issued this cursor, so its event was in the log. The right to see
     * the room is read again only when the log has moved since.
     */
    async open(
      caller: Caller,
      id: string,
      cursor: Cursor | null,
      proven = false,
      admitted: Access | null = null
    ): Promise<{ sync: Sync; room: Room; people: RoomPeople }> {
      feeds.open(id)
      const access = admitted ?? (await authorize(hub, caller, id))
      const [all, [room = access.room]] = await Promise.all([syncOf(id, cursor, proven), shown([access])])
      const { head } = access
      const isSeen = !head || (head.epoch === all.cursor.epoch && all.cursor.seq <= head.seq)
      const { from } = isSeen ? access : await authorize(hub, caller, id)
      feeds.start(id, all.cursor)
      const sync = syncFrom(all, cursor?.seq ?? 0, from) ?? (await freshAs(caller, id))
      const present = people(id)
      const known = answered.get(sync)
      const bytes = known ?? answerBytes(sync)
      answered.set(sync, bytes)
      const cost = openCost(bytes, present.people.length)
      if (known === undefined) await hub.payForAnswer(caller, cost)
      else owe(caller, cost)
      return { sync, room, people: present }
    },

    async page(
      caller: Caller,
      room: string,
      before: PagePlace | null,
      limit: number,
      { removed = true, now = false, maxBytes }: FreshPageOptions = {}
    ): Promise<Page> {
      spend(caller, costs.event)
      const [all, { from }] = await readAs(hub, caller, room, () =>
        reads.page(room, before, limit, { removed, now, ...(maxBytes && { maxBytes }) })
      )
      const page = pageFrom(all, from)
      await hub.payForAnswer(caller, answerCost(answerBytes(page)))
      return page
    },

    /**
     * The texts of a message before its edits, for its author and those who moderate the room.
     * @throws ChatError too-fast, sign-in, not-allowed, no-room, no-message; StoreUnavailable
     */
    async history(caller: Caller, room: string, message: string): Promise<FormerText[]> {
      spend(caller, costs.event)
      if (!caller.person) throw new ChatError('sign-in')
      const page = () => reads.page(room, { upTo: message }, 1, { removed: false })
      const [newest, { from }] = await readAs(hub, caller, room, page)
      const found = pageFrom(newest, from).messages.find(({ id }) => id === message)
      if (!found) throw new ChatError('no-message')
      const isOwn = found.by.id === caller.person.id
      if (!isOwn && (roomKind(room) === 'direct' || !(await moderates(hub, caller, room))))
        throw new ChatError('not-allowed')
      const texts = await log.former(room, message)
      owe(caller, answerCost(formerBytes(texts)))
      return texts
    },

    /**
     * The same for an interface that caches encoded pages: the room's head, read from the store now, and the page unless one is cached
     * for this head. `cached` returns the bytes that will be sent of it, or null. The page is read after the head, so it is never older.
     */
    async pageSince(
      cached: (head: Cursor) => number | null,
      caller: Caller,
      room: string,
      before: { id: string } | null,
      limit: number,
      { removed = true, maxBytes }: PageOptions = {}
    ): Promise<{ head: Cursor; page: Page | null }> {
      spend(caller, costs.event)
      await authorize(hub, caller, room)
      const { head } = await reads.room(room)
      const bytes = cached(head)
      if (bytes !== null) {
        owe(caller, answerCost(bytes))
        return { head, page: null }
      }
      const page = await reads.page(room, before, limit, { removed, now: true, ...(maxBytes && { maxBytes }) })
      await hub.payForAnswer(caller, answerCost(answerBytes(page)))
      return { head, page }
    }
  }
}
