// A room as a program sees it: its messages, the handlers, and the verbs.
import { effect, untracked } from '@preact/signals'
import { newId, type LiveEvents, type Person, type Reason, type Receipt, type Reply } from '../../src/contract.ts'
import type { Ask } from '../engine/socket.ts'
import { findMessage, trimmed, type RoomLog } from '../engine/room-log.ts'
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
  /** Whether the room accepts messages now: connected, and open on this connection. */
  ready: () => boolean
  /** The log moved. The room accepts messages from now on. */
  moved(log: RoomLog): void
  /** The room can't be opened. */
  refused(reason: Reason): void
  send(text: string, options?: SendOptions): Promise<Receipt>
  store: ClientStore
  retrier: Retrier
  report(error: ClientError): void
}

export type OpenedRoom = ReturnType<typeof openClientRoom>

export function openClientRoom(id: string, deps: RoomDeps) {
  const { ask, me, ready, send, store, retrier, report } = deps
  let chosen: RoomOptions | null = null
  let keep = KEEP_MESSAGES
  /** `keep`, and what was paged back to. */
  let limit = keep
  let feed: Feed | null = null
  let online = false

  const view = openRoom(id, ask, () => me().key, {
    moved(view) {
      const log = view.log.value!
      view.log.value = trimmed(log, limit)
      deps.moved(log)
    }
  })
  const stopWatching = effect(() => {
    const reason = view.refused.value
    if (reason) untracked(() => deps.refused(reason))
  })

  function listen(handle: Handler, accepts: Feed['handlers'][number]['accepts']) {
    theFeed().handlers.push({ handle, accepts })
  }

  function theFeed(): Feed {
    if (feed) return feed
    needDerivedIds()
    const from = chosen?.from ?? 'now'
    const made = (feed = openFeed({ room: id, from, ask, me, messageAt, send, store, retrier, report }))
    if (online) made.online()
    // In the next microtask, so that all handlers that are registered together receive the first event.
    queueMicrotask(() => void made.begin())
    return made
  }

  /** Handlers run behind `messages`, so a message is there in the state that an event made, or in a newer one. */
  function messageAt(message: string, rev: number) {
    const found = view.log.value && findMessage(view.log.value, message)
    return found && found.rev >= rev ? found : undefined
  }

  /** Repeats a verb under the same id until it is answered. @throws ClientError when it is refused */
  const insist = (request: () => Promise<Reply<Receipt>>) =>
    retrier.insist(async () => {
      const reason = view.refused.value ?? (ready() ? null : 'unavailable')
      return reason ? { ok: false, reason } : request()
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
        // Later: a listener that throws must not disturb the engine.
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
        const before = view.log.value
        if (before && !before.older) return false
        await view.before()
        const now = view.log.value
        if (view.pageRefused.value) throw refused(view.pageRefused.value, { room: id })
        if (before && now && now.from !== before.from) {
          limit = now.messages.length + keep
          return now.older
        }
        await retrier.pause(attempt)
      }
    }
  }

  return {
    room,
    /** A room may be open before the program asks for it, because a message waits for it. */
    choose(options: RoomOptions) {
      if (chosen || feed) throw new Error(`${id} was opened before; only the first call may give options`)
      chosen = options
      limit = keep = options.keep ?? keep
    },
    events(list: LiveEvents) {
      view.events(list)
      feed?.events(list)
    },
    peopleChanged: view.peopleChanged,
    epoch: () => view.log.value?.cursor.epoch,
    /** Why the room can't be opened; null if it can. */
    refusal: () => view.refused.value,
    /** The log has a message of this client at this seq. */
    expect: (seq: number) => view.expect(seq),
    /** What `online` asks first. */
    requests: () => [view.request(), ...(feed?.requests() ?? [])],
    online() {
      online = true
      void view.catchUp()
      feed?.online()
    },
    offline() {
      online = false
      view.offline()
      feed?.offline()
    },
    close() {
      stopWatching()
      this.offline()
    }
  }
}

export const idOf = (message: MessageRef) => (typeof message === 'string' ? message : message.id)
