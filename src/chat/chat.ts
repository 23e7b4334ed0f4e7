// What a chat is: the verbs people have and what follows from them. Knows no sockets, no HTTP, no Redis.
// In: words become a verb. Out: an event becomes words.
import {
  LOBBY,
  PAGE_MESSAGES,
  STORED_VERSION,
  newId,
  type Cursor,
  type EventList,
  type Message,
  type Page,
  type Person,
  type Present,
  type Receipt,
  type Room,
  type RoomEvent,
  type RoomPeople,
  type RoomSummary,
  type Sync
} from '../contract.ts'
import { answerBytes, changeBytes, eventBytes } from '../log/answer-bytes.ts'
import type { Change, MessageLog } from '../log/message-log.ts'
import { createBudget, type BudgetName, type Payer } from './budget.ts'
import { ChatError } from '../errors.ts'
import type { Clock } from '../clock.ts'
import { answerCost, costs, fanOutCost, inputCost, openCost, roomListCost } from './costs.ts'
import { noBus, type BusMessage, type Bus } from '../bus/messages.ts'
import type { People, PeopleChange } from '../presence/presence.ts'
import { cleanText, cleanTitle, isEmoji, roomIdFor } from './rules.ts'
import { createBuckets } from './rate-limit.ts'
import { createRoomDirectory } from './room-directory.ts'
import { fittingRooms } from './room-list.ts'
import { createRoomExpiry } from './room-expiry.ts'
import { createSharedReads } from '../log/shared-reads.ts'
import { createRoomFeeds } from '../log/feeds.ts'
import { createTypingThrottle } from './typing.ts'

/** New rooms from one address at once, and in an hour: each of a classroom may make one. Counted by each instance. */
const ROOMS_PER_ADDRESS = 30
const HOUR_SECONDS = 60 * 60

/** Who asks. A guest has no person: the name is a claim. */
export interface Caller {
  person: Person | null
  name: string
  address: string
  /** The connection it was said on, where there is one. */
  connection?: string
}

/** What happened, for this instance's own clients; each vocabulary says it in its words. */
export type Announcement =
  | { kind: 'events'; list: EventList }
  | ({ kind: 'people' } & PeopleChange)
  | { kind: 'typing'; room: string; who: Present; on: boolean; from?: string }
  | { kind: 'key-shared'; room: string; key: string }
  | { kind: 'room'; room: Room }
  | { kind: 'room-removed'; room: string }
  | { kind: 'signed-out'; person: string; session: string }

export interface ChatOptions {
  log: MessageLog
  bus: Bus
  clock: Clock
  roomLimit: number
  /** Tokens a connection or person has at once, and gains each second. */
  rate: { burst: number; perSecond: number }
  onError(cause: unknown): void
  /** For who watches: letters were lost and read from the log; a log lost its newest events and became another. */
  onRepair?(what: 'hole' | 'epoch'): void
  /** For metrics: an operation was refused because this budget was used up. */
  onExceeded?(budget: BudgetName): void
}

interface PageOptions {
  removed?: boolean
  maxBytes?: number
}

/** This instance's clients in a room: those who are told whole events, and those who are told changes only. */
export interface Receivers {
  whole: number
  compact: number
}

/** `now`: for a reader that hears no events, such as a program over HTTP: never a page from an earlier moment. */
interface FreshPageOptions extends PageOptions {
  now?: boolean
}

export type Chat = ReturnType<typeof createChat>

/**
 * The verbs. All refuse with a ChatError and store nothing then; StoreUnavailable says that nothing is known and the same verb with
 * the same id may be tried again.
 */
export function createChat(options: ChatOptions) {
  const { log, bus, clock, roomLimit, rate, onError, onRepair = () => {}, onExceeded = () => {} } = options
  const listeners: ((announcement: Announcement) => void)[] = []
  const announce = (announcement: Announcement) => listeners.forEach((listen) => listen(announcement))
  const feeds = createRoomFeeds({
    log,
    clock,
    onError,
    onRepair,
    deliver: (list) => announce({ kind: 'events', list })
  })
  // With deaf ears a tail that stands still says nothing about the log.
  const reads = createSharedReads({ log, clock, at: (room) => (bus.isReceiving ? feeds.at(room) : null) })
  const rooms = createRoomDirectory({ log, reads, clock, hears: () => bus.isReceiving })
  const budget = createBudget({ ...rate, clock, bus: bus === noBus ? null : bus, onExceeded })
  const { spend, owe } = budget
  const typing = createTypingThrottle(clock)
  const roomsByAddress = createBuckets({ burst: ROOMS_PER_ADDRESS, perSecond: ROOMS_PER_ADDRESS / HOUR_SECONDS, clock })
  const expiry = createRoomExpiry({
    log,
    clock,
    isDeserted: (room) => people !== null && people.current && people.view(room).count === 0,
    removed: tellRemoved
  })
  let people: People | null = null
  let receiversOf: (room: string) => Receivers = () => ({ whole: 0, compact: 0 })

  /** Guests know the lobby only. */
  function enter({ person }: Caller, room: string) {
    if (!person && room !== LOBBY) throw new ChatError('sign-in')
  }

  const authorOf = ({ person, name }: Caller) => ({ id: person?.id ?? null, name: person?.name ?? name })

  /** Keep, then tell: own clients by the tail, other instances by letter. The acknowledgement goes out between the two. */
  async function keep(caller: Caller, change: Change): Promise<Receipt & { message: Message }> {
    const at = feeds.at(change.room)
    const { event, before, repeated } = await log.append(at ? { ...change, known: at } : change)
    tell(change.room, before, event)
    if (!repeated) owe(caller, fanOutCost(fanOutBytes(event, receiversOf(change.room))))
    return { seq: event.seq, id: event.id, at: event.at, message: event.message }
  }

  function tell(room: string, before: Cursor, event: RoomEvent) {
    feeds.receive(room, before, event)
    bus.send({ v: STORED_VERSION, kind: 'event', room, before, event })
  }
  function tellRemoved(room: string) {
    rooms.remove(room)
    announce({ kind: 'room-removed', room })
    bus.send({ v: STORED_VERSION, kind: 'room-removed', room })
  }
  // The sender was told that nothing is known, and tries again; it and everybody else hear it as usual.
  log.onLate(({ event, before }, room) => tell(room, before, event))

  function hear(letter: BusMessage) {
    switch (letter.kind) {
      case 'event':
        return feeds.receive(letter.room, letter.before, letter.event)
      case 'room': {
        const { id, title, by, at } = letter
        rooms.add({ id, title, by, at })
        return announce({ kind: 'room', room: { id, title, by, at } })
      }
      case 'room-removed':
        rooms.remove(letter.room)
        return announce({ kind: 'room-removed', room: letter.room })
      case 'presence':
        return people?.onMessage(letter)
      case 'typing':
        return announce({ kind: 'typing', room: letter.room, who: letter.who, on: letter.on })
      case 'signed-out':
        return announce({ kind: 'signed-out', person: letter.person, session: letter.session })
      case 'spent':
        return budget.onMessage(letter)
      case 'revoked':
      case 'marker':
        return
      default:
        letter satisfies never
    }
  }
  bus.onMessage(hear)

  return {
    onAnnounce(listener: (announcement: Announcement) => void) {
      listeners.push(listener)
    },

    /** Presence is told through the chat as well, so that one place orders what clients hear. */
    meet(everyone: People) {
      people = everyone
    },
    peopleChanged(change: PeopleChange) {
      announce({ kind: 'people', ...change })
    },
    keyShared(room: string, key: string) {
      announce({ kind: 'key-shared', room, key })
    },

    /** How many connections of this instance hear a room. */
    countReceivers(count: (room: string) => Receivers) {
      receiversOf = count
    },

    /** Pays for an operation before it is done; see costs.ts. @throws ChatError too-fast */
    spend,

    /** As `spend`, for callers that refuse in a manner of their own: false instead of an error. */
    maySpend(payer: Payer, cost: number): boolean {
      try {
        spend(payer, cost)
        return true
      } catch (cause) {
        if (!(cause instanceof ChatError)) throw cause
        return false
      }
    },

    async rooms(caller: Caller): Promise<RoomSummary[]> {
      spend(caller, costs.event)
      const all = caller.person ? await rooms.list() : [await rooms.find(LOBBY)]
      if (caller.person) expiry.look(all).catch(onError)
      const list = fittingRooms(all.map((room) => ({ ...room, people: people?.view(room.id).count ?? 0 })))
      owe(caller, roomListCost(list.length))
      return list
    },

    async createRoom(caller: Caller, rawTitle: string): Promise<Room> {
      spend(caller, costs.createRoom)
      if (!caller.person) throw new ChatError('sign-in')
      const title = cleanTitle(rawTitle)
      const wait = roomsByAddress.wait(caller.address)
      if (wait > 0) throw new ChatError('too-fast', wait)
      const wanted = { id: roomIdFor(title), title, by: caller.person.id, at: clock.now() }
      const room = await log.createRoom(wanted, roomLimit).catch(async (cause: unknown) => {
        if (!(cause instanceof ChatError) || cause.reason !== 'rooms-full') throw cause
        await expiry.look(await rooms.list(), true)
        return log.createRoom(wanted, roomLimit)
      })
      if (room.at === wanted.at) roomsByAddress.take(caller.address)
      rooms.add(room)
      announce({ kind: 'room', room })
      bus.send({ v: STORED_VERSION, kind: 'room', ...room })
      return room
    },

    /** An empty room, where nobody else is, may be removed by its creator and by moderators. */
    async removeRoom(caller: Caller, id: string): Promise<void> {
      spend(caller, costs.createRoom)
      if (!caller.person) throw new ChatError('sign-in')
      const others = people?.view(id).people.filter(({ key }) => key !== caller.person?.key) ?? []
      if (!(await moderates(caller, id)) || others.length > 0) throw new ChatError('not-allowed')
      const gone = await log.removeRooms([id])
      if (gone.length === 0) throw new ChatError('not-allowed')
      tellRemoved(id)
    },

    /** Whether the caller may open this room, before anybody is told of it. @throws ChatError too-fast, sign-in, no-room */
    async admit(caller: Caller, id: string): Promise<Room> {
      spend(caller, costs.event)
      enter(caller, id)
      return rooms.find(id)
    },

    /** First load, catch-up and repair, for a caller who was admitted. The connection must have joined before, so that nothing said meanwhile is missed. */
    async open(
      caller: Caller,
      { id }: Pick<Room, 'id'>,
      cursor: Cursor | null,
      pageSize = PAGE_MESSAGES
    ): Promise<{ sync: Sync; people: RoomPeople }> {
      feeds.open(id)
      const sync = await reads.sync(id, cursor, pageSize)
      feeds.start(id, sync.cursor)
      const here = this.people(id)
      owe(caller, openCost(answerBytes(sync), here.people.length))
      return { sync, people: here }
    },

    /** Has this instance hear a room in order from now on. A store that is away is asked again until it answers. */
    follow: feeds.follow,

    async page(
      caller: Caller,
      room: string,
      before: { seq: number } | { id: string } | null,
      limit: number,
      { removed = true, now = false, maxBytes }: FreshPageOptions = {}
    ): Promise<Page> {
      spend(caller, costs.event)
      enter(caller, room)
      await rooms.find(room)
      const page = await reads.page(room, before, limit, { removed, now, ...(maxBytes && { maxBytes }) })
      owe(caller, answerCost(answerBytes(page)))
      return page
    },

    /**
     * The same for an interface that keeps encoded pages: the room's head, read from the store now, and the page unless one is kept for
     * this head. `kept` returns the bytes that will be sent of it, or null. The page is read after the head, so it is never older.
     */
    async pageSince(
      kept: (head: Cursor) => number | null,
      caller: Caller,
      room: string,
      before: { id: string } | null,
      limit: number,
      { removed = true, maxBytes }: PageOptions = {}
    ): Promise<{ head: Cursor; page: Page | null }> {
      spend(caller, costs.event)
      enter(caller, room)
      const { head } = await reads.room(room)
      const bytes = kept(head)
      if (bytes !== null) {
        owe(caller, answerCost(bytes))
        return { head, page: null }
      }
      const page = await reads.page(room, before, limit, { removed, now: true, ...(maxBytes && { maxBytes }) })
      owe(caller, answerCost(answerBytes(page)))
      return { head, page }
    },

    async send(
      caller: Caller,
      said: { room: string; id: string; text: string; replyTo?: string | undefined }
    ): Promise<Receipt & { message: Message }> {
      spend(caller, costs.event + inputCost(said.text.length), 'write')
      enter(caller, said.room)
      const text = cleanText(said.text)
      return keep(caller, {
        kind: 'sent',
        room: said.room,
        id: said.id,
        by: authorOf(caller),
        at: clock.now(),
        text,
        ...(said.replyTo && { replyTo: said.replyTo })
      })
    },

    async edit(caller: Caller, said: { room: string; id: string; message: string; text: string }): Promise<Receipt> {
      spend(caller, costs.event + inputCost(said.text.length), 'write')
      enter(caller, said.room)
      const { room, id, message } = said
      const text = cleanText(said.text)
      return receipt(
        await keep(caller, { kind: 'edited', room, id, message, by: authorOf(caller), at: clock.now(), text })
      )
    },

    async remove(caller: Caller, said: { room: string; id: string; message: string }): Promise<Receipt> {
      spend(caller, costs.event, 'write')
      enter(caller, said.room)
      const { room, id, message } = said
      const asModerator = await moderates(caller, room)
      return receipt(
        await keep(caller, { kind: 'removed', room, id, message, by: authorOf(caller), at: clock.now(), asModerator })
      )
    },

    async react(
      caller: Caller,
      said: { room: string; id: string; message: string; emoji: string; on: boolean }
    ): Promise<Receipt> {
      spend(caller, costs.event, 'write')
      enter(caller, said.room)
      if (!caller.person) throw new ChatError('sign-in')
      if (!isEmoji(said.emoji)) throw new ChatError('bad-request')
      const { room, id, message, emoji, on } = said
      return receipt(
        await keep(caller, { kind: 'reacted', room, id, message, by: authorOf(caller), at: clock.now(), emoji, on })
      )
    },

    /** Tells the others, of a fast typist once a second. Starting costs a token; stopping never does, or it could be lost. */
    setTyping(caller: Caller, room: string, who: Present, on: boolean) {
      enter(caller, room)
      if (on) spend(caller, costs.event)
      if (caller.connection && !typing.isNews(caller.connection, room, on)) return
      announce({ kind: 'typing', room, who, on, ...(caller.connection && { from: caller.connection }) })
      bus.send({ v: STORED_VERSION, kind: 'typing', room, who, on })
    },

    /** Ends a session everywhere. */
    signOut(person: string, session: string) {
      announce({ kind: 'signed-out', person, session })
      bus.send({ v: STORED_VERSION, kind: 'signed-out', person, session })
    },

    people(room: string): RoomPeople {
      return people?.view(room) ?? { count: 0, about: false, regions: {}, people: [] }
    },

    /** Looks for events whose letter was lost: one read for all rooms. Worth it only while somebody is here. */
    async compareHeads(): Promise<void> {
      await feeds.compare(log.heads)
    },

    /** A fresh id for what came without one: made before the first attempt, so that a retry is a repeat. */
    newId,

    close() {
      feeds.close()
    }
  }

  async function moderates({ person }: Caller, room: string): Promise<boolean> {
    if (!person) return false
    return person.moderator || (await rooms.find(room)).by === person.id
  }
}

/** Bytes that one event costs this instance, to all of its receivers. */
const fanOutBytes = (event: RoomEvent, { whole, compact }: Receivers) =>
  eventBytes(event) * whole + changeBytes(event) * compact

const receipt = ({ seq, id, at }: Receipt): Receipt => ({ seq, id, at })
