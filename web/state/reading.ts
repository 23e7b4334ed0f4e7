// How far the person has read each room, and how many messages of others are left, in all rooms that the person has ever opened. The
// server keeps the positions. The page counts in the rooms whose unread messages are loaded, and the server in the others.
import { computed, signal } from '@preact/signals'
import {
  WHOLE_ROOM,
  isOpen,
  POSITIONS_MAX,
  isNewerPosition,
  type Level,
  type Message,
  type ReadPosition,
  type RoomNews,
  type UnreadRoom
} from '../../src/contract.ts'
import { retryDelayMs } from '../engine/backoff.ts'
import { withEntry } from '../engine/entries.ts'
import type { News, RoomLog } from '../engine/room-log.ts'
import type { Ask } from '../engine/socket.ts'
import { isWhole } from '../engine/wire-events.ts'

/** The other pages learn within this time what was read here. */
const SENT_EVERY_MS = 500
/** When counts that the page cannot make are requested after they have changed; later after answers of no use. */
const COUNTED_AGAIN = { firstMs: 1_000, maxMs: 30_000 }

export interface ReadingDeps {
  ask: Ask
  myId(): string
  logOf(room: string): RoomLog | null
}

export type Reading = ReturnType<typeof keepReading>

export function keepReading({ ask, myId, logOf }: ReadingDeps) {
  const rooms = signal<ReadonlyMap<string, UnreadRoom>>(new Map())
  /** The server has answered how far the person has read. */
  const known = signal(false)
  /** Positions that the server does not have yet. */
  const unsent = new Map<string, ReadPosition>()
  let sending = false
  let asking: ReturnType<typeof setTimeout> | undefined
  /** What the person wants to be notified of, where that is not the default; known once ./attention.ts has loaded. */
  const levels = signal<ReadonlyMap<string, Level>>(new Map())
  /** Whose mentions do not count, by id; null until it is known likewise. Until then only those count that the server has counted. */
  const blocked = signal<ReadonlySet<string> | null>(null)
  let online = false
  /** Answers in a row that were refused or older than what the page knew. */
  let useless = 0

  /** Stores a position with counts, or with the page's own. Returns whether all messages after the position are loaded. */
  function put(position: ReadPosition, { head = position.seq, unread = 0, mentions = 0 } = {}): boolean {
    const log = logOf(position.room)
    const isLoaded = log?.cursor.epoch === position.epoch && log.to === undefined && log.from <= position.seq + 1
    const isLeft = ({ seq, removed, by }: Message) => seq > position.seq && !removed && isOthers(by.id)
    const left = isLoaded ? log.messages.filter(isLeft) : []
    const mine = left.filter(({ by, mentions }) =>
      isMine(
        by.id,
        mentions?.map(({ id }) => id)
      )
    ).length
    const counted = isLoaded
      ? { head: log.cursor.seq, unread: left.length, mentions: blocked.peek() ? mine : Math.min(mine, mentions) }
      : { head, unread, mentions }
    rooms.value = withEntry(rooms.value, position.room, { ...position, ...counted })
    return isLoaded
  }

  const isMine = (author: string | null, ids: readonly string[] = []) =>
    (ids.includes(myId()) || ids.includes(WHOLE_ROOM)) && !blocked.peek()?.has(author!)
  const isOthers = (author: string | null) => author !== myId()

  /** Takes a position that is newer than the known one. */
  function take(position: ReadPosition): boolean {
    const before = rooms.peek().get(position.room)
    if (before && !isNewerPosition(position, before)) return false
    const isAtEnd = before !== undefined && position.seq >= before.head
    if (!put(position, isAtEnd ? {} : before) && !isAtEnd) countSoon()
    return true
  }

  function move(position: ReadPosition) {
    if (take(position)) sendLater(position)
  }

  function sendLater({ room, epoch, seq, back }: ReadPosition) {
    unsent.set(room, { room, epoch, seq, back })
    sendSoon()
  }

  function sendSoon() {
    if (sending) return
    sending = true
    queueMicrotask(() => void send())
  }

  async function send() {
    const positions = [...unsent.values()].slice(0, POSITIONS_MAX)
    sending = online && positions.length > 0
    if (!sending) return
    const reply = await ask('read:move', { positions })
    for (const one of reply.ok ? positions : []) if (unsent.get(one.room) === one) unsent.delete(one.room)
    setTimeout(() => void send(), SENT_EVERY_MS)
  }

  async function list() {
    clearTimeout(asking)
    asking = undefined
    const reply = await ask('read:list', {})
    const isUseless = !reply.ok || reply.value.rooms.map(takeListed).includes(false)
    useless = isUseless ? useless + 1 : 0
    if (isUseless) countSoon()
    known.value ||= reply.ok
  }

  /** Takes a listed room. Returns false if its counts are older than what the page has read or received meanwhile. */
  function takeListed(listed: UnreadRoom): boolean {
    const mine = rooms.peek().get(listed.room)
    const isAhead = mine !== undefined && isNewerPosition(mine, listed)
    const isOlder = mine?.epoch === listed.epoch && (isAhead || mine.head > listed.head)
    // An instance may have ended before it stored this position.
    if (isAhead) sendLater(mine)
    return put(isAhead ? mine : listed, isOlder ? mine : listed) || !isOlder
  }

  /** What changed in a room may be a message that is not loaded. */
  function countSoon() {
    if (online) asking ??= setTimeout(() => void list(), retryDelayMs(useless, COUNTED_AGAIN))
  }

  function arrived(room: UnreadRoom, { seq, by, mentions }: RoomNews['sent'][number]) {
    if (seq <= room.head) return
    const isNews = isOthers(by)
    const isMention = isNews && isMine(by, mentions)
    const counts = blocked.peek() !== null
    put(room, {
      head: seq,
      unread: room.unread + Number(isNews),
      mentions: room.mentions + Number(isMention && counts)
    })
    if (isMention && !counts) countSoon()
  }

  const counted = (what: 'unread' | 'mentions') =>
    computed(() => new Map([...rooms.value].flatMap(([id, room]) => (room[what] > 0 ? [[id, room[what]]] : []))))
  const unread = counted('unread')
  const heard = (id: string) =>
    ['nothing', 'hidden'].includes(levels.value.get(id)!) ? 0 : (unread.value.get(id) ?? 0)

  return {
    rooms,
    known,
    of: (room: string) => rooms.value.get(room),
    mentions: counted('mentions'),
    unread,
    levels,
    blocked,
    isMine,
    /** Whom the person has blocked, by id. What was counted without them, or with others, is counted again. */
    learnBlocked(people: ReadonlySet<string>) {
      const before = blocked.peek()
      blocked.value = people
      const isChange = before !== null && (before.size !== people.size || [...people].some((id) => !before.has(id)))
      for (const room of rooms.peek().values()) if (!put(room, room) && isChange) countSoon()
    },
    /** Of a room, of which the person may want to hear nothing. */
    heard,
    unreadInAll: computed(() => [...unread.value.keys()].reduce((sum, id) => sum + heard(id), 0)),

    /** Resolves once the positions are known, or the server did not answer. */
    async online() {
      online = true
      await list()
      sendSoon()
    },

    /** The page is about to close. */
    flush: () => void send(),

    offline() {
      online = false
      clearTimeout(asking)
      asking = undefined
    },

    /** Another page of this person has read. */
    movedElsewhere: (positions: readonly ReadPosition[]) => void positions.filter(take),

    /** A message was sent in a room that is not open here, or one was removed. */
    news({ room: id, epoch, sent, removed }: RoomNews) {
      for (const one of sent) {
        const room = rooms.peek().get(id)
        if (room?.epoch === epoch) arrived(room, one)
      }
      if (removed) countSoon()
    },

    /** The log of an open room has moved. An open room that the person has never opened counts as read, as does one
     * that starts anew; in a private one all that they may see is new. */
    logMoved(id: string, { fresh, events }: News) {
      const log = logOf(id)
      const room = rooms.peek().get(id)
      if (!log || !known.value) return
      const { epoch, seq } = log.cursor
      if (room?.epoch !== epoch) return move({ room: id, epoch, seq: room || isOpen(id) ? seq : 0, back: 0 })
      if (put(room, fresh ? { ...room, head: seq } : room)) return
      if (fresh) countSoon()
      for (const event of events) {
        if (event.kind === 'removed') countSoon()
        if (event.kind !== 'sent' || !isWhole(event)) continue
        const mentions = event.message.mentions?.map((one) => one.id) ?? []
        arrived(rooms.peek().get(id) ?? room, { seq: event.seq, by: event.by.id, mentions })
      }
    },

    /** The person has read a room up to here. */
    read(id: string, seq: number) {
      const room = rooms.peek().get(id)
      if (room && seq > room.seq) move({ room: id, epoch: room.epoch, seq, back: room.back })
    },

    /** The person will read from here on once more. */
    markUnread(id: string, seq: number) {
      const room = rooms.peek().get(id)
      if (room) move({ room: id, epoch: room.epoch, seq: seq - 1, back: room.back + 1 })
    },

    readAll() {
      for (const { room, epoch, back, head, unread } of rooms.peek().values())
        if (unread > 0) move({ room, epoch, back, seq: Math.max(head, logOf(room)?.cursor.seq ?? 0) })
    }
  }
}
