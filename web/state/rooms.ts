// The rooms: the list, the open ones, the current one, and how far each has been read. An opened room stays open for the life of
// the tab, so that its unread count is right.
import { computed, signal } from '@preact/signals'
import { LOBBY, isOpen, type Answers, type Reply } from '../../src/contract.ts'
import type { Ask } from '../engine/socket.ts'
import { withEntry, withoutEntry } from '../engine/entries.ts'
import type { RowPlace } from './address.ts'
import type { Anchor, Places } from './places.ts'
import { openRoom, type RoomCallbacks } from '../engine/room-sync.ts'
import { keepOpenRooms } from './open-rooms.ts'
import { keepReading } from './reading.ts'
import { keepRoomList } from './room-list.ts'
import { WINDOW_MESSAGES, windowOf } from './room-window.ts'

/** Private rooms that the page opens by itself at once. */
const ENTERED_MAX = 20

export type Rooms = ReturnType<typeof keepRooms>

export interface RoomsDeps extends RoomCallbacks {
  ask: Ask
  me: () => { id: string; key: string }
  places: Places
}

export interface Goal extends RowPlace {
  room: string
}

export function keepRooms({ ask, me, places, moved }: RoomsDeps) {
  const current = signal(LOBBY)
  /** Rooms that were shown, the latest one last. */
  const shown = new Set(places.opened())
  let online = false
  const opened = keepOpenRooms({
    ask,
    make: (id) => openRoom(id, ask, () => me().key, callbacks, { keep: WINDOW_MESSAGES }),
    current: () => current.value,
    shown,
    isOnline: () => online
  })
  const { open, ensure, catchUp } = opened
  const list = keepRoomList({ ask, opened: (id) => open.value.get(id), refreshed: () => enterUnknown() })
  const { added, refresh } = list
  /** By room, the seq after which the line "new" is drawn: the last one read when the room was shown. */
  const line = signal<ReadonlyMap<string, number>>(new Map())
  /** Whether the person can see the end of the current room's messages. */
  const looking = signal(true)
  /** The page has the focus. Messages in a page without it are not read. */
  const focused = signal(true)
  const atEnd = signal(true)
  /** The message that is to be shown next, and how far below the upper edge of the list; in the middle when left out. */
  const goal = signal<Goal | null>(null)
  /** A link has led from a reply to its original. */
  const mayGoBack = signal(false)
  const reading = keepReading({ ask, myId: () => me().id, logOf: (id) => open.value.get(id)?.log.value ?? null })
  const { unread } = reading
  /** Raised when the page learns that messages are unread after it has shown them: the list then starts at the first of them. */
  const sight = signal(0)
  /** Marked as unread by the person: nothing in it is read by itself until the room is shown again. */
  let unreadAgain: string | null = null

  const callbacks: RoomCallbacks = {
    moved(room, news) {
      const { id } = room
      const wasRead = !unread.value.has(id)
      const readsOlder = id === current.value ? !atEnd.value : places.anchor(id) !== undefined
      room.log.value = windowOf(room.log.value!, readsOlder)
      reading.logMoved(id, news)
      readOn()
      // What arrives while the end is not in view is below a line, and so is what was missed.
      if (wasRead && id === current.value) drawLine(news.fresh)
      moved(room, news)
    },

    reading(room, cursor) {
      const anchor = places.anchor(room)
      if (anchor?.epoch === cursor.epoch) return anchor.seq
      places.setAnchor(room, undefined)
      return undefined
    }
  }

  /** Marks the current room as read while its end is in view. */
  function readOn() {
    const log = open.value.get(current.value)?.log.value
    if (log && log.to === undefined && atEnd.value) readUpTo(log.cursor.seq)
  }

  function readUpTo(seq: number) {
    if (looking.value && focused.value && unreadAgain !== current.value) reading.read(current.value, seq)
  }

  /** Below the line is what was unread when it was drawn. `fresh`: messages were missed, and are not counted yet. */
  function drawLine(fresh = false) {
    const { value: id } = current
    const at = reading.of(id)
    const isUnread = at !== undefined && (unread.value.has(id) || (fresh && at.seq < at.head))
    if (isUnread) line.value = withEntry(line.value, id, at.seq)
    return isUnread
  }

  for (const id of shown) ensure(id)

  const currentFirst = () =>
    [...open.value.values()].toSorted((a, b) => Number(b.id === current.value) - Number(a.id === current.value))

  return {
    ...list,
    open,
    currentFirst,
    current,
    line,
    looking,
    focused,
    atEnd,
    goal,
    mayGoBack,
    sight,
    reading,
    mentions: reading.mentions,
    unread,
    unreadInAll: reading.unreadInAll,
    room: computed(() => open.value.get(current.value)),

    /** Shows a room, or one of its messages, and opens the room if necessary. */
    show(id: string, message?: RowPlace) {
      goal.value = message ? { room: id, ...message } : null
      if (id !== current.value || message?.top !== undefined) mayGoBack.value = false
      if (message && id === current.value && open.value.get(id)?.log.value) return
      const before = open.value.get(id)
      const room = ensure(id)
      current.value = id
      unreadAgain = null
      // With unread messages, the list finds out whether its end is in view.
      atEnd.value = !unread.value.has(id) && !places.anchor(id) && !message
      line.value = withoutEntry(line.value, id)
      drawLine()
      readOn()
      shown.delete(id)
      shown.add(id)
      const order = new Set([...open.value.keys(), ...shown].toReversed())
      places.keepOpen([...order].toReversed().filter((each) => !open.value.get(each)?.refused.value))
      // A removed room may have been created again.
      if (online && (!before || before.refused.value || opened.areMany())) void room.catchUp()
      if (room.log.value?.to !== undefined && !places.anchor(id)) void this.toEnd()
    },

    /** The page became visible or hidden, got or lost the focus, or the end of the list came into view or left it. */
    look(changed: { looking?: boolean; focused?: boolean; atEnd?: boolean }) {
      const was = looking.value
      if (changed.looking !== undefined) looking.value = changed.looking
      if (!was && looking.value && online) void refresh()
      focused.value = changed.focused ?? focused.value
      if (changed.atEnd !== undefined) atEnd.value = changed.atEnd
      readOn()
    },

    /** The messages of the current room up to this seq are or were in view. */
    seen: readUpTo,

    /** The person wants to read the current room again, from this message on. */
    markUnread(seq: number) {
      unreadAgain = current.value
      reading.markUnread(unreadAgain, seq)
      line.value = withEntry(line.value, unreadAgain, seq - 1)
    },

    readAll() {
      unreadAgain = null
      line.value = withoutEntry(line.value, current.value)
      reading.readAll()
    },

    /** Where the person reads the current room, for when they come back to it. */
    anchor: () => places.anchor(current.value),
    setAnchor: (anchor: Anchor | undefined) => places.setAnchor(current.value, anchor),

    /** Goes to the newest message of the current room, which is loaded again if it was trimmed. */
    async toEnd() {
      mayGoBack.value = false
      const { value: id } = current
      const room = open.value.get(id)
      if (room?.log.value?.to !== undefined && !(await room.newest())) return
      if (current.value === id) this.look({ atEnd: true })
    },

    /** Opens a room without showing it, and one that is open again if it was refused: the person may be back. */
    enter(id: string) {
      if (open.value.get(id)?.refused.value === null) return
      const room = ensure(id)
      if (online) catchUp([room])
    },

    clearLine(id: string) {
      unreadAgain = null
      line.value = withoutEntry(line.value, id)
    },

    /** On every connection: reads the list, and every open room from its cursor. */
    async online() {
      online = true
      void reading.online().then(placesKnown)
      catchUp(currentFirst())
      await refresh()
    },

    offline() {
      online = false
      reading.offline()
      for (const room of open.value.values()) room.offline()
    },

    news: reading.news,
    readElsewhere: reading.movedElsewhere,
    flush: reading.flush,

    /** Rooms that were shown, the latest one first. */
    recent: () => [...shown].toReversed(),

    async create(title: string): Promise<Reply<Answers['room:create']>> {
      const reply = await ask('room:create', { title })
      if (reply.ok) {
        added(reply.value)
        this.show(reply.value.id)
      }
      return reply
    }
  }

  /** Where the person has read is known, perhaps later than the messages. */
  function placesKnown() {
    enterUnknown()
    for (const { id } of open.value.values()) reading.logMoved(id, { fresh: false, events: [] })
    if (line.value.has(current.value) || !drawLine()) return readOn()
    atEnd.value = false
    sight.value++
  }

  /** Opens private rooms that the person has never opened: somebody has let them in, or has written to them. */
  function enterUnknown() {
    if (!reading.known.value || !online) return
    const unknown = list.list.value.filter(({ id }) => !isOpen(id) && !reading.of(id) && !open.value.has(id))
    const entered = unknown.slice(0, ENTERED_MAX).map(({ id }) => ensure(id))
    if (entered.length > 0) catchUp(entered)
  }
}
