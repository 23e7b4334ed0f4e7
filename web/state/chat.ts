// One person's chat in this tab, put together: a connection, rooms, an outbox, typing. Ends when the person leaves.
import { effect, signal, untracked } from '@preact/signals'
import { exactReason, type Mark, type Person, type Role } from '../../src/contract.ts'
import { makeSocket, isReachable } from '../engine/socket.ts'
import { announceActivity } from '../engine/activity.ts'
import { openConnection, type Ending } from '../engine/connection.ts'
import { ofRoom, openDrafts, storeDrafts, takeEarlierDrafts } from './drafts.ts'
import { keepEmojiChoices } from './emoji-choices.ts'
import { openOutbox } from '../engine/outbox/outbox.ts'
import { findInLog } from '../engine/find-in-log.ts'
import type { OutboxItem } from '../engine/outbox/item.ts'
import { tabOutboxStore, type BrowserOutbox } from '../engine/outbox/shared.ts'
import { tabPlaces } from './places.ts'
import { measureProximity } from '../engine/proximity.ts'
import { findMessage, wholeEnd } from '../engine/room-log.ts'
import { keepProfiles } from './profiles.ts'
import { copyRooms } from './room-copies.ts'
import { listenToRooms } from './room-events.ts'
import { keepRooms } from './rooms.ts'
import { chatVerbs } from './verbs.ts'
import { trackWriting } from './writing.ts'
import { trackTypists, announceTyping } from '../engine/typing.ts'

export interface ChatDeps {
  token: () => Promise<string | null | undefined>
  storage: Storage
  /** Stored for the browser: the emoji used last; in `storage` when left out. */
  browser?: Storage
  /** Where unconfirmed messages are stored; in `storage` when left out. */
  outbox?: BrowserOutbox
  /** Where drafts are stored; in `storage` when left out. */
  indexedDB?: IDBFactory | undefined
  /** The server no longer accepts the session. */
  ended(ending: Ending): void
  /** Given outside browsers only. */
  address?: string
}

/** A person whose card is shown: by id, or by the key of somebody who is here. */
export interface CardPerson {
  id?: string
  key: string
  name: string
}

export type Chat = ReturnType<typeof openChat>

export function openChat(person: Person, deps: ChatDeps) {
  const { token, storage, browser = storage, ended, address, indexedDB } = deps
  const { store, durability } = deps.outbox ?? {
    store: tabOutboxStore(person.id, storage),
    durability: signal('tab' as const)
  }
  const me = signal(person)
  const writing = trackWriting(me)
  /** Owners and moderators, by id and by key. */
  const leaders = signal<ReadonlyMap<string, Role>>(new Map())
  const { socket, ask, askSoon } = makeSocket({
    token,
    rooms: () => rooms.currentFirst().map((room) => room.request()),
    address
  })
  /** Rooms that answered on this connection: the ones that can be spoken in. */
  const ready = new Set<string>()
  /** The message whose text is being edited. */
  const editing = signal<string | null>(null)
  const emoji = keepEmojiChoices(browser)
  const drafts = openDrafts(person.name, (name) => storeDrafts(name, storage, indexedDB))
  for (const [room, text] of takeEarlierDrafts(person.id, storage)) drafts.set(ofRoom(room), { text })

  const typists = trackTypists(() => me.value.key)
  const typing = announceTyping((room, on) => {
    if (socket.connected) socket.emit('typing:set', { room, on })
  })

  const activity = announceActivity(() => {
    if (socket.connected) socket.emit('person:active', {})
    return socket.connected
  })
  const proximity = measureProximity({ ping: async () => (await ask('region:ping', {})).ok })

  const profiles = keepProfiles(askSoon)

  const rooms = keepRooms({
    ask,
    me: () => me.value,
    places: tabPlaces(person.id, storage),
    moved(room, { events }) {
      // A message of mine may be outside of what the page holds.
      const sent = new Set(events.map(({ id }) => id))
      outbox.settle(room.id, (item) => sent.has(item.id) || isInLog(item))
      if (ready.has(room.id)) return
      ready.add(room.id)
      outbox.wake(room.id)
    }
  })

  const outbox = openOutbox({
    async send(message, late) {
      const reply = await askSoon('message:send', message, late)
      const { slowSeconds } = rooms.open.value.get(message.room)?.room.value ?? {}
      if (reply.ok) {
        proximity.confirmed(message.id)
        if (slowSeconds) writing.slowed(message.room, slowSeconds * 1_000)
      } else if (reply.reason === 'too-old') connection.outdated()
      else if (reply.reason === 'slow-mode') writing.slowed(message.room, reply.retryAfterMs ?? 0)
      return reply
    },
    ready: (room) => socket.connected && ready.has(room),
    confirmed(item, receipt) {
      const room = rooms.open.value.get(item.room)
      if (room) room.expect(receipt.seq)
      else outbox.settle(item.room, ({ id }) => id === item.id)
    },
    store,
    open(room) {
      const reason = rooms.open.value.get(room)?.refused.value
      if (reason) outbox.refuse(room, reason)
      else rooms.enter(room)
    },
    isInLog,
    lookFor: (item) => findInLog(ask, wholeEnd(rooms.open.value.get(item.room)?.log.value ?? null), item)
  })
  const stopRefusing = effect(() => {
    for (const { id, refused } of rooms.open.value.values()) {
      const reason = refused.value
      if (reason) untracked(() => outbox.refuse(id, reason))
    }
  })

  /** Whether the loaded log shows the message, or has passed it. */
  function isInLog(item: OutboxItem): boolean {
    const log = rooms.open.value.get(item.room)?.log.value
    if (!log) return false
    return findMessage(log, item.id) !== undefined || (item.receipt?.seq ?? Infinity) <= log.cursor.seq
  }

  const connection = openConnection(socket, {
    online(hello) {
      became(hello.person)
      lead(hello)
      profiles.online()
      drafts.rename(hello.person.name)
      proximity.reset()
      activity.online()
      void rooms.online()
      outbox.wake()
    },
    offline() {
      ready.clear()
      typists.clear()
      profiles.offline()
      rooms.offline()
      outbox.wake()
    },
    signIn: over,
    isReachable: () => isReachable(address)
  })
  socket.on('person:changed', became)
  socket.on('leaders:changed', lead)
  socket.on('profile:changed', profiles.changed)
  const copies = copyRooms(person.id, { rooms, profiles, problem: connection.problem, indexedDB })
  function over(ending: Ending) {
    copies.forget()
    ended(ending)
  }
  function became(person: Person) {
    me.value = person
    writing.muted(person.muted)
  }
  function lead({ leaders: all = [] }: { leaders?: readonly Mark[] }) {
    leaders.value = new Map(all.flatMap(({ id, key, role }) => [id, key].map((one) => [one, role])))
  }
  const stopMeasuring = effect(() => {
    if (connection.online.value && rooms.looking.value) untracked(proximity.start)
    else proximity.stop()
  })

  socket.on('session:ended', (ending) => over({ ...ending, reason: exactReason(ending) }))
  listenToRooms(socket, { rooms, typists })

  const verbs = chatVerbs({ ask: askSoon, rooms, outbox, drafts, typing, writing, proximity })

  return {
    me,
    card: signal<CardPerson | null>(null),
    /** For what only later parts of the page ask: see `asking`. */
    ask: askSoon,
    /** For what only later parts of the page receive. */
    listen: (event: 'alerts:changed', listener: () => void) => void socket.on(event, listener),
    connection,
    rooms,
    outbox,
    /** Which page can send what waits; null until that is known. */
    durability,
    /** Why the person can't write, where that is so. */
    writing,
    leaders,
    /** Of a person by key. */
    colorOf: profiles.colorOf,
    /** Of a person by id, as it is now. */
    nameOf: profiles.nameOf,
    named: profiles.named,
    typists,
    proximity,
    /** The person touches the page, or turns to it. */
    touched: activity.touched,
    editing,
    drafts,
    emoji,
    copies,

    start() {
      void outbox.restore()
      connection.start()
    },

    ...verbs,

    /** The page closes: an event that reports it spares the others a wait. */
    bye() {
      rooms.flush()
      if (socket.connected) socket.volatile.emit('person:bye', {})
    },

    /** The person signs out. What is not sent stays on this device, as text in the boxes of its rooms, or is gone. */
    forget({ keep }: { keep: boolean }) {
      if (!keep) drafts.forget()
      else
        for (const { room, text, state } of outbox.items.value.toReversed())
          if (state !== 'sent')
            verbs.write(room, { text: [text, drafts.of(ofRoom(room)).peek()?.text ?? ''].filter(Boolean).join('\n\n') })
      outbox.forget()
      emoji.forget()
      copies.forget()
    },

    close() {
      for (const part of [drafts, writing, copies]) part.close()
      stopRefusing()
      stopMeasuring()
      proximity.stop()
      typists.clear()
      profiles.offline()
      rooms.offline()
      outbox.close()
      connection.close()
    }
  }
}
