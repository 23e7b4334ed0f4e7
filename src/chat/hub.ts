// Joins the feeds, the bus and the room directory of one instance. What happens here goes to this instance's clients as an
// announcement and to other instances as a bus message; a bus message of another instance becomes the same announcement.
import {
  STORED_VERSION,
  isOpen,
  type Cursor,
  type Person,
  type Present,
  type Room,
  type RoomEvent
} from '../contract.ts'
import { noBus, type Bus, type BusMessage } from '../bus/messages.ts'
import type { Clock } from '../clock.ts'
import { createRoomFeeds } from '../log/feeds.ts'
import type { Appended, MessageLog } from '../log/message-log.ts'
import { createSharedReads, type SharedReads } from '../log/shared-reads.ts'
import { createTurns } from '../log/turns.ts'
import type { People } from '../presence/presence.ts'
import type { Announcement, Caller, Receivers } from './announcement.ts'
import { createBudget, type BudgetName } from './budget.ts'
import { createRoomDirectory } from './room-directory.ts'
import { createTypingRepeats } from './typing.ts'

export interface HubOptions {
  log: MessageLog
  bus: Bus
  clock: Clock
  /** Tokens that a connection or person has at once, and gains each second. */
  rate: { burst: number; perSecond: number }
  onError(cause: unknown): void
  /** For metrics: a feed read lost bus messages from the log; a log has lost its newest events and has a new epoch. */
  onRepair?(what: 'hole' | 'epoch'): void
  /** For metrics: an operation was refused because this budget was used up. */
  onExceeded?(budget: BudgetName): void
}

interface Typing {
  room: string
  who: Present
  on: boolean
}

export type Hub = ReturnType<typeof createHub>

export function createHub({ log, bus, clock, rate, onError, onRepair, onExceeded }: HubOptions) {
  const listeners: ((announcement: Announcement) => void)[] = []
  const announce = (announcement: Announcement) => listeners.forEach((listen) => listen(announcement))
  const feeds = createRoomFeeds({
    log,
    clock,
    onError,
    ...(onRepair && { onRepair }),
    deliver: (list) => announce({ kind: 'events', list })
  })
  // While the bus receives nothing, a feed that does not move says nothing about the log.
  const shared = createSharedReads({ log, clock, at: (room) => (bus.isReceiving ? feeds.at(room) : null) })
  /** Private rooms with restricted writing, as they were last read here: when they were opened, and since they changed. */
  const restricted = new Map<string, { room: Room; isSilent: boolean }>()
  const reads: SharedReads = {
    ...shared,
    async room(id) {
      const record = await shared.room(id)
      const { room } = record
      const isSilent = record.members.some((one) => one.silent)
      if (isSilent || room.archived || room.readOnly) restricted.set(id, { room, isSilent })
      else restricted.delete(id)
      return record
    }
  }
  const directory = createRoomDirectory({ log, reads, clock, isReceiving: () => bus.isReceiving })
  const budget = createBudget({ ...rate, clock, bus: bus === noBus ? null : bus, ...(onExceeded && { onExceeded }) })
  const nextTurn = createTurns()
  const typing = createTypingRepeats({
    clock,
    repeat: (room, who) => announce({ kind: 'typing', room, who, on: true })
  })
  let people: People | null = null
  let receiversOf: (room: string) => Receivers = () => ({ whole: 0, compact: 0 })

  function receiveTyping({ room, who, on }: Typing) {
    announce({ kind: 'typing', room, who, on })
    if (on) typing.begin(room, who)
    else typing.end(room, who.key)
  }

  /** In any order, perhaps repeated. The room's feed puts it in order for those who have the room open. */
  function receive(room: string, before: Cursor, event: RoomEvent) {
    announce({ kind: 'received', room, epoch: before.epoch, event })
    if (!isOpen(room)) announceMembership(room, event)
    feeds.receive(room, before, event)
    if (event.kind === 'sent') typing.posted(room, event.by.name)
  }

  function announceMembership(room: string, { member, seq }: RoomEvent) {
    if (member) {
      const { id: person } = member.person
      if (member.what === 'joined' || member.what === 'owner') announce({ kind: 'membership', room, person })
      else announce({ kind: 'member-removed', room, person, seq })
      // Who owns the room may be another one now.
      if (member.what === 'owner' || member.what === 'left')
        announce({ kind: 'membership', room, person: null, changed: true })
    } else if (seq === 1) announce({ kind: 'membership', room, person: null })
  }

  function hiddenRoomChanged(room: string) {
    announce({ kind: 'membership', room, person: null, changed: true })
    bus.send({ v: STORED_VERSION, kind: 'hidden-room', room })
  }

  function roomChanged(room: Room) {
    if (!isOpen(room.id)) return hiddenRoomChanged(room.id)
    directory.add(room)
    announce({ kind: 'room', room })
    bus.send({ v: STORED_VERSION, kind: 'room', ...room })
  }

  /** Delivers a stored event here and sends it to the other instances, unless its bus message is written and understood by all. */
  function distribute(room: string, { before, event, published, room: unpinned }: Appended) {
    receive(room, before, event)
    if (unpinned) roomChanged(unpinned)
    if (published && people?.understoodByAll()) return
    bus.send({ v: STORED_VERSION, kind: 'event', room, before, event })
  }
  // Their sender knows that the outcome is unknown, and tries again. They reach everyone as usual.
  log.onLate((appended, room) => distribute(room, appended))

  bus.onMessage((message: BusMessage) => {
    switch (message.kind) {
      case 'event':
        return receive(message.room, message.before, message.event)
      case 'room': {
        const { v: _, kind, ...room } = message
        directory.add(room)
        return announce({ kind, room })
      }
      case 'hidden-room':
        return announce({ kind: 'membership', room: message.room, person: null, changed: true })
      case 'room-removed':
        directory.remove(message.room)
        return announce({ kind: 'room-removed', room: message.room })
      case 'presence':
        return people?.onMessage(message)
      case 'typing':
        return receiveTyping(message)
      case 'signed-out':
        return announce({ kind: 'signed-out', person: message.person, session: message.session })
      case 'alerts':
        return announce({ kind: 'alerts', person: message.person })
      case 'spent':
        return budget.onMessage(message)
      // Reads, profiles, sessions and the bus itself listen to theirs.
      case 'read':
      case 'renamed':
      case 'revoked':
      case 'table':
      case 'marker':
        return
      default:
        message satisfies never
    }
  })

  return {
    feeds,
    reads,
    /** Whether writing is restricted in a room, as far as that is known without asking the store. */
    restrictionOf(id: string): { room: Room; isSilent: boolean } | undefined {
      const room = directory.known(id)
      return room ? { room, isSilent: false } : restricted.get(id)
    },
    directory,
    budget,
    /** Takes what an answer costs. A large one waits for a turn of its own: encoding many in a row would block everything else. */
    async payForAnswer(caller: Caller, cost: number) {
      budget.owe(caller, cost)
      if (cost > 0) await nextTurn()
    },
    announce,
    onAnnounce(listener: (announcement: Announcement) => void) {
      listeners.push(listener)
    },
    /** Null until `usePeople`. */
    people: (): People | null => people,
    usePeople(all: People) {
      people = all
    },
    receiversOf: (room: string): Receivers => receiversOf(room),
    countReceivers(count: (room: string) => Receivers) {
      receiversOf = count
    },
    distribute,
    /** It was created or changed. */
    roomChanged,
    hiddenRoomChanged,
    roomRemoved(room: string) {
      directory.remove(room)
      announce({ kind: 'room-removed', room })
      bus.send({ v: STORED_VERSION, kind: 'room-removed', room })
    },
    typing,
    /** `isFar`: it is published to other instances too. */
    typingChanged({ from, isFar, ...typing }: Typing & { from: string | undefined; isFar: boolean }) {
      announce({ kind: 'typing', ...typing, ...(from && { from }) })
      if (isFar) bus.send({ v: STORED_VERSION, kind: 'typing', ...typing })
    },
    /** The person wants to be notified of something else. */
    alertsChanged({ id: person, key }: Pick<Person, 'id' | 'key'>, from?: string) {
      announce({ kind: 'alerts', person, ...(from && { from }) })
      if (people?.isElsewhere(key)) bus.send({ v: STORED_VERSION, kind: 'alerts', person })
    },
    signedOut(person: string, session: string) {
      announce({ kind: 'signed-out', person, session })
      bus.send({ v: STORED_VERSION, kind: 'signed-out', person, session })
    }
  }
}
