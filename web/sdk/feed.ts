// The events for a room's handlers: a second reader of its log, with a place of its own that is stored once a handler is done. It is the
// engine of the page, but it loads no messages, and its events wait in a queue.
import {
  PAGE_MAX_MESSAGES,
  sentAs,
  type ChangeEvent,
  type Cursor,
  type LiveEvents,
  type Message,
  type Receipt,
  type Reply,
  type RoomEvent,
  type WireEvent
} from '../../src/contract.ts'
import type { Ask } from '../engine/socket.ts'
import { emptyLog, type News } from '../engine/room-log.ts'
import { openRoom, type OpenRoom } from '../engine/room-sync.ts'
import { isKnown, isWhole } from '../engine/wire-events.ts'
import type { Handler, Reset, SendOptions } from './api.ts'
import { ClientError } from './client-error.ts'
import { cursorAt, filled, heardEvent, withMessage } from './heard-event.ts'
import { storePlace, readPlace, type Place } from './records.ts'
import type { Retrier } from './retry.ts'
import type { ClientStore } from './store.ts'

/** With more events in the queue, live ones are left in the log and read later. */
const QUEUE_MAX_EVENTS = 1_000

export interface FeedDeps {
  room: string
  from: 'now' | 'beginning'
  ask: Ask
  me: () => { id: string; key: string }
  /** The loaded message in the state of this rev or a newer one. */
  messageAt(id: string, rev: number): Message | undefined
  send(text: string, options: SendOptions): Promise<Receipt>
  store: ClientStore
  retrier: Retrier
  report(error: ClientError): void
}

type Step = { kind: 'event'; event: WireEvent; at: Cursor } | { kind: 'fresh'; cursor: Cursor } | { kind: 'history' }

export type Feed = ReturnType<typeof openFeed>

export function openFeed({ room, from, ask, me, messageAt, send, store, retrier, report }: FeedDeps) {
  const handlers: { accepts(event: WireEvent): boolean; handle: Handler }[] = []
  const resets: ((reset: Reset) => unknown)[] = []
  let reader: OpenRoom | null = null
  let place: Place | null = null
  let queue: Step[] = []
  /** Counts fresh starts: whatever was queued before one is void. */
  let generation = 0
  let online = false
  let working = false
  let leftSome = false
  /** The place has moved and is not stored yet. */
  let dirty = false

  /** Handlers can't go on without what it reads. */
  const untilRead = <T>(request: () => Promise<Reply<T>>) => retrier.untilRead(request, room, report)

  async function begin() {
    try {
      place = await readPlace(store, room)
    } catch (cause) {
      // Without its place a handler would receive events again, or never.
      return report(storeFailed(cause))
    }
    reader = openRoom(room, ask, () => me().key, { moved }, place ? { start: emptyLog(place.until ?? place.at) } : {})
    if (place?.until) queue.push({ kind: 'history' })
    if (online) void reader.catchUp()
    await work()
  }

  function moved(reader: OpenRoom, { fresh, events }: News) {
    const { cursor } = reader.log.value!
    reader.log.value = emptyLog(cursor)
    if (fresh) {
      generation += 1
      queue = [{ kind: 'fresh', cursor }]
    }
    // The cursor is that of the last event, with its proof.
    for (const event of filled(events))
      queue.push({ kind: 'event', event, at: event.seq === cursor.seq ? cursor : cursorAt(cursor.epoch, event) })
    void work()
  }

  async function work() {
    if (working || !reader) return
    working = true
    try {
      for (let step = queue.shift(); step; step = queue.shift()) await take(step)
      if (dirty && place) await savePlace(place)
    } catch (cause) {
      if (!retrier.isOver()) throw cause
      return
    } finally {
      working = false
    }
    if (queue.length > 0) return work()
    if (leftSome) {
      leftSome = false
      if (online) void reader.catchUp()
    }
  }

  async function take(step: Step) {
    switch (step.kind) {
      case 'event':
        return handle(step.event, step.at)
      case 'fresh':
        return startedFresh(step.cursor)
      case 'history':
        return history()
      default:
        step satisfies never
    }
  }

  async function handle(received: WireEvent, at: Cursor, until?: Cursor) {
    const mine = generation
    const concerned = isKnown(received) ? [...handlers.entries()].filter(([, { accepts }]) => accepts(received)) : []
    if (concerned.length > 0) {
      const event = await withState(received)
      for (const [number, handler] of concerned) {
        const done = await untilDone(
          mine,
          async () =>
            handler.handle(await heardEvent(event, { room, epoch: at.epoch, handler: number, me: me().id, send })),
          (cause) =>
            new ClientError('handler', `a handler of ${room} failed at event ${event.seq}`, { cause, room, event })
        )
        if (!done) return
      }
    }
    place = { at, until }
    dirty = true
    if (concerned.length > 0) await savePlace(place)
  }

  /** The event with the current state of its message, loaded or read. A message that is gone is a tombstone. */
  async function withState(event: WireEvent): Promise<RoomEvent> {
    if (isWhole(event)) return event
    return withMessage(event, messageAt(event.of.id, event.seq) ?? (await read(event)))
  }

  async function read({ of, seq, at }: ChangeEvent): Promise<Message> {
    const page = await untilRead(() => ask('room:before', { room, before: of.seq + 1, limit: 1 }))
    const found = page.messages.find(({ id }) => id === of.id)
    return found ?? { ...of, rev: seq, at, by: { id: null, name: '' }, text: '', removed: true }
  }

  /** Sets the first place of the handlers, or ends the one that they had. */
  async function startedFresh(to: Cursor) {
    const before = place
    if (!before) {
      const start = { epoch: to.epoch, seq: 0, id: '' }
      await savePlace(from === 'beginning' ? { at: start, until: to } : { at: to })
      if (from === 'beginning') queue.unshift({ kind: 'history' })
      return
    }
    const reset: Reset = { room, from: before.at, to, replaced: before.at.epoch !== to.epoch }
    if (resets.length === 0)
      report(
        new ClientError('missed', `handlers of ${room} missed what happened after event ${before.at.seq}`, { room })
      )
    for (const listener of resets) {
      const done = await untilDone(
        generation,
        async () => listener(reset),
        (cause) => new ClientError('handler', `onReset of ${room} failed`, { cause, room })
      )
      if (!done) return
    }
    await savePlace({ at: to })
  }

  /** Reads every message that the log still has, from the newest page back, and delivers them from the oldest on. */
  async function history() {
    if (!place?.until) return
    const mine = generation
    const { at, until } = place
    let messages: Message[] = []
    for (let before = until.seq + 1; ;) {
      const page = await untilRead(() => ask('room:before', { room, before, limit: PAGE_MAX_MESSAGES }))
      messages = [...page.messages.filter(({ seq }) => seq > at.seq), ...messages]
      const first = page.messages[0]
      if (!first || !page.older || first.seq <= at.seq) break
      before = first.seq
    }
    // A page doesn't name its epoch. If the epoch is still the same after the last page, all pages belong to it.
    const { sync } = await untilRead(() => ask('room:open', { room, cursor: until }))
    if (sync.cursor.epoch !== until.epoch) {
      void reader?.catchUp()
      return
    }
    for (const message of messages) {
      if (mine !== generation) return
      if (!message.removed) await handle(sentAs(message), cursorAt(until.epoch, message), until)
    }
    if (mine === generation) await savePlace({ at: until })
  }

  async function savePlace(next: Place) {
    place = next
    await untilDone(generation, () => storePlace(store, room, next), storeFailed)
    dirty = false
  }

  /** Repeats the work until it succeeds. False when a fresh start has made it void. @throws the error that the client ended with */
  async function untilDone(mine: number, work: () => Promise<unknown>, failed: (cause: unknown) => ClientError) {
    for (let attempt = 0; ; attempt += 1) {
      retrier.check()
      try {
        await work()
        return true
      } catch (cause) {
        if (retrier.isOver()) throw cause
        report(failed(cause))
        await retrier.pause(attempt)
      }
      if (mine !== generation) return false
    }
  }

  const storeFailed = (cause: unknown) =>
    cause instanceof ClientError ? cause : new ClientError('store', `the store failed for ${room}`, { cause, room })

  return {
    handlers,
    resets,
    begin,

    events(list: LiveEvents) {
      if (queue.length > QUEUE_MAX_EVENTS) leftSome = true
      else reader?.events(list)
    },
    requests: () => (reader ? [reader.request()] : []),
    online() {
      online = true
      void reader?.catchUp()
    },
    offline() {
      online = false
      reader?.offline()
    }
  }
}
