// A room as a program holds it: what is on the screen, the handlers, and the verbs.
import { effect, untracked } from '@preact/signals'
import {
  newId,
  type EventList,
  type Person,
  type Reason,
  type Receipt,
  type Reply,
  type WireEvent
} from '../../src/contract.ts'
import type { Ask } from '../engine/socket.ts'
import { findMessage, trimmed } from '../engine/room-log.ts'
import { openRoom } from '../engine/room-sync.ts'
import type { ClientRoom, Handler, MessageRef, RoomOptions, SendOptions } from './api.ts'
import { refused, type ClientError } from './client-error.ts'
import { openFeed, type Feed } from './feed.ts'
import { needDerivedIds } from './keys.ts'
import type { Retrier } from './retry.ts'
import type { ClientStore } from './store.ts'

const KEEP_MESSAGES = 1_000

export interface RoomDeps {
  ask: Ask
  me: () => Person
  /** Whether words can be said here now: connected, and the room open on this connection. */
  ready: () => boolean
  /** They can from now on. */
  opened(): void
  /** The room can't be opened. */
  refused(reason: Reason): void
  send(text: string, options?: SendOptions): Promise<Receipt>
  store: ClientStore
  retrier: Retrier
  report(error: ClientError): void
}

export type HeldRoom = ReturnType<typeof holdRoom>

export function holdRoom(id: string, doors: RoomDeps) {
  const { ask, me, ready, send, store, retrier, report } = doors
  let chosen: RoomOptions | null = null
  let keep = KEEP_MESSAGES
  /** As `keep`, and what was paged back to. */
  let kept = keep
  let feed: Feed | null = null
  let online = false

  const view = openRoom(id, ask, () => me().key, {
    moved(view) {
      view.log.value = trimmed(view.log.value!, kept)
      doors.opened()
    }
  })
  const stopWatching = effect(() => {
    const reason = view.refused.value
    if (reason) untracked(() => doors.refused(reason))
  })

  function listen(handle: Handler, hears: Feed['handlers'][number]['hears']) {
    theFeed().handlers.push({ handle, hears })
  }

  function theFeed(): Feed {
    if (feed) return feed
    needDerivedIds()
    const from = chosen?.from ?? 'now'
    const made = (feed = openFeed({ room: id, from, ask, me, held: heldAt, send, store, retrier, report }))
    if (online) made.online()
    // In the next turn, so that all handlers of a room that are registered together hear the first event.
    queueMicrotask(() => void made.begin())
    return made
  }

  /** Handlers run behind what is on the screen, so that is where a message is in the state that an event made. */
  function heldAt(message: string, rev: number) {
    const found = view.log.value && findMessage(view.log.value, message)
    return found && found.rev >= rev ? found : undefined
  }

  /** Says a word until it is answered, under the same id each time. @throws ClientError when it is refused */
  const insist = (say: () => Promise<Reply<Receipt>>) =>
    retrier.insist(async () => {
      const reason = view.refused.value ?? (ready() ? null : 'unavailable')
      return reason ? { ok: false, reason } : say()
    }, id)

  const room: ClientRoom = {
    id,
    get state() {
      if (view.refused.value) return 'refused'
      if (!view.log.value) return 'opening'
      return view.upToDate.value ? 'synced' : 'behind'
    },
    get messages() {
      return view.log.value?.messages ?? []
    },
    get older() {
      return view.log.value?.older ?? false
    },
    get people() {
      return view.people.value
    },

    onMessage: (handler) => listen(handler, ({ kind }) => kind === 'sent'),
    onEvent: (handler) => listen(handler, () => true),
    onReset: (listener) => void theFeed().resets.push(listener),

    onChange(listener) {
      let begun = false
      let due = false
      const stop = effect(() => {
        void [view.log.value, view.upToDate.value, view.people.value, view.refused.value]
        if (!begun || due) return
        due = true
        // Never inside of what changed it: a listener that throws is no matter of the engine.
        queueMicrotask(() => {
          if (!due) return
          due = false
          listener()
        })
      })
      begun = true
      return () => {
        due = false
        stop()
      }
    },

    send: (text, options) => send(text, options),

    async edit(message, text, { id: verb = newId() } = {}) {
      return insist(() => ask('message:edit', { room: id, id: verb, message: idOf(message), text }))
    },
    async remove(message, { id: verb = newId() } = {}) {
      return insist(() => ask('message:remove', { room: id, id: verb, message: idOf(message) }))
    },
    async react(message, emoji, on = true, { id: verb = newId() } = {}) {
      return insist(() => ask('message:react', { room: id, id: verb, message: idOf(message), emoji, on }))
    },

    async before() {
      for (let attempt = 0; ; attempt += 1) {
        if (view.refused.value) throw refused(view.refused.value, { room: id })
        const held = view.log.value
        if (held && !held.older) return false
        await view.before()
        const now = view.log.value
        if (held && now && now.from !== held.from) {
          kept = now.messages.length + keep
          return now.older
        }
        await retrier.pause(attempt)
      }
    }
  }

  return {
    room,
    /** A room may be open before the program asks for it, because something waits to be said there. */
    choose(options: RoomOptions) {
      if (chosen || feed) throw new Error(`${id} was asked for before; options are for the first who does`)
      chosen = options
      kept = keep = options.keep ?? keep
    },
    events(list: EventList<WireEvent>) {
      view.events(list)
      feed?.events(list)
    },
    peopleChanged: view.peopleChanged,
    /** A message of ours is known to stand there. */
    expect: (seq: number) => view.expect(seq),
    online() {
      online = true
      void view.catchUp()
      feed?.online()
    },
    offline() {
      online = false
      view.rest()
      feed?.offline()
    },
    close() {
      stopWatching()
      this.offline()
    }
  }
}

export const idOf = (message: MessageRef) => (typeof message === 'string' ? message : message.id)
