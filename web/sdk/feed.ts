// What a room's handlers hear: a second reader of its log with a place of its own, which is kept only once a handler is done. The
// engine is the one that keeps the screen; here it keeps no messages, and what it takes in waits in line.
import {
  PAGE_MAX_MESSAGES,
  STORED_VERSION,
  type ChangeEvent,
  type Cursor,
  type EventList,
  type Message,
  type Receipt,
  type RoomEvent,
  type WireEvent
} from '../../src/contract.ts'
import type { Ask } from '../engine/socket.ts'
import { emptyLog } from '../engine/room-log.ts'
import { openRoom, type News, type OpenRoom } from '../engine/room-sync.ts'
import { isKnown, isWhole } from '../engine/wire-events.ts'
import type { Handler, HeardEvent, Reset, SendOptions } from './api.ts'
import { ClientError } from './client-error.ts'
import { derivedId } from './keys.ts'
import { storePlace, readPlace, type Place } from './records.ts'
import type { Retrier } from './retry.ts'
import type { ClientStore } from './store.ts'

/** More than this many events in line, and live ones are left in the log, to be asked for later. */
const LINE_MAX_EVENTS = 1_000

export interface FeedDeps {
  room: string
  from: 'now' | 'beginning'
  ask: Ask
  me: () => { id: string; key: string }
  /** A message of the room in this state or a newer one, if it is at hand. */
  held(id: string, rev: number): Message | undefined
  send(text: string, options: SendOptions): Promise<Receipt>
  store: ClientStore
  retrier: Retrier
  report(error: ClientError): void
}

type Step = { kind: 'event'; event: WireEvent; epoch: string } | { kind: 'fresh'; cursor: Cursor } | { kind: 'history' }

export type Feed = ReturnType<typeof openFeed>

export function openFeed({ room, from, ask, me, held, send, store, retrier, report }: FeedDeps) {
  const handlers: { hears(event: WireEvent): boolean; handle: Handler }[] = []
  const resets: ((reset: Reset) => unknown)[] = []
  let reader: OpenRoom | null = null
  let place: Place | null = null
  let line: Step[] = []
  /** Counts fresh starts: what was in line before one is void. */
  let life = 0
  let online = false
  let working = false
  let leftSome = false
  let unkept = false

  async function begin() {
    try {
      place = await readPlace(store, room)
    } catch (cause) {
      // Without their place handlers would hear things again, or never.
      return report(storeFailed(cause))
    }
    reader = openRoom(room, ask, () => me().key, { moved }, place ? { start: emptyLog(place.until ?? place.at) } : {})
    if (place?.until) line.push({ kind: 'history' })
    if (online) void reader.catchUp()
    await work()
  }

  function moved(reader: OpenRoom, { fresh, events }: News) {
    const { cursor } = reader.log.value!
    reader.log.value = emptyLog(cursor)
    if (fresh) {
      life += 1
      line = [{ kind: 'fresh', cursor }]
    }
    for (const event of filled(events)) line.push({ kind: 'event', event, epoch: cursor.epoch })
    void work()
  }

  async function work() {
    if (working || !reader) return
    working = true
    try {
      for (let step = line.shift(); step; step = line.shift()) await take(step)
      if (unkept && place) await keep(place)
    } catch (cause) {
      if (!retrier.isOver()) throw cause
      return
    } finally {
      working = false
    }
    if (line.length > 0) return work()
    if (leftSome) {
      leftSome = false
      if (online) void reader.catchUp()
    }
  }

  async function take(step: Step) {
    switch (step.kind) {
      case 'event':
        return handle(step.event, step.epoch)
      case 'fresh':
        return begunAnew(step.cursor)
      case 'history':
        return history()
      default:
        step satisfies never
    }
  }

  async function handle(heard: WireEvent, epoch: string, until?: Cursor) {
    const mine = life
    const concerned = isKnown(heard) ? [...handlers.entries()].filter(([, { hears }]) => hears(heard)) : []
    if (concerned.length > 0) {
      const event = await whole(heard)
      for (const [number, handler] of concerned) {
        const done = await untilDone(
          mine,
          async () => handler.handle(await hearing(event, epoch, number)),
          (cause) =>
            new ClientError('handler', `a handler of ${room} failed at event ${event.seq}`, { cause, room, event })
        )
        if (!done) return
      }
    }
    place = { at: { epoch, seq: heard.seq, id: heard.id }, until }
    unkept = true
    if (concerned.length > 0) await keep(place)
  }

  /** With its message as it stands now: at hand, or read. One that is no longer there is a tombstone. */
  async function whole(event: WireEvent): Promise<RoomEvent> {
    if (isWhole(event)) return event
    return withMessage(event, held(event.of.id, event.seq) ?? (await read(event)))
  }

  async function read({ of, seq, at }: ChangeEvent): Promise<Message> {
    const page = await retrier.insist(() => ask('room:before', { room, before: of.seq + 1, limit: 1 }))
    const found = page.messages.find(({ id }) => id === of.id)
    return found ?? { ...of, rev: seq, at, by: { id: null, name: '' }, text: '', removed: true }
  }

  async function hearing(event: RoomEvent, epoch: string, handler: number): Promise<HeardEvent> {
    const { kind, seq, id, at, by, message } = event
    const key = await derivedId('event', room, epoch, seq, id)
    const person = me().id
    let replies = 0
    let said: Promise<unknown> = Promise.resolve()
    const heard = { kind, seq, id, at, by, message, room, epoch, key, mine: by.id === person }
    return {
      ...heard,
      idFor: (purpose) => derivedId('deed', key, person, handler, purpose),
      // In the order of asking, however long the ids take.
      reply(text) {
        const id = derivedId('reply', key, person, handler, replies++)
        const turn = said.then(() => id)
        said = turn
        return turn.then((id) => send(text, { id, replyTo: message.id }))
      }
    }
  }

  /** The first place there ever was, or the end of the one handlers stood at. */
  async function begunAnew(to: Cursor) {
    const before = place
    if (!before) {
      const start = { epoch: to.epoch, seq: 0, id: '' }
      await keep(from === 'beginning' ? { at: start, until: to } : { at: to })
      if (from === 'beginning') line.unshift({ kind: 'history' })
      return
    }
    const reset: Reset = { room, from: before.at, to, replaced: before.at.epoch !== to.epoch }
    if (resets.length === 0)
      report(
        new ClientError('missed', `handlers of ${room} missed what happened after event ${before.at.seq}`, { room })
      )
    for (const listener of resets) {
      const told = await untilDone(
        life,
        async () => listener(reset),
        (cause) => new ClientError('handler', `onReset of ${room} failed`, { cause, room })
      )
      if (!told) return
    }
    await keep({ at: to })
  }

  /** Every message still there, page by page from the newest back, then told from the oldest on. */
  async function history() {
    if (!place?.until) return
    const mine = life
    const { at, until } = place
    let messages: Message[] = []
    for (let before = until.seq + 1; ;) {
      const page = await retrier.insist(() => ask('room:before', { room, before, limit: PAGE_MAX_MESSAGES }))
      messages = [...page.messages.filter(({ seq }) => seq > at.seq), ...messages]
      const first = page.messages[0]
      if (!first || !page.older || first.seq <= at.seq) break
      before = first.seq
    }
    // A page doesn't say of which life of the log it is; one that still stands after the last of them is that of them all.
    const { sync } = await retrier.insist(() => ask('room:open', { room, cursor: until }))
    if (sync.cursor.epoch !== until.epoch) {
      void reader?.catchUp()
      return
    }
    for (const message of messages) {
      if (mine !== life) return
      if (!message.removed) await handle(sent(message), until.epoch, until)
    }
    if (mine === life) await keep({ at: until })
  }

  async function keep(next: Place) {
    place = next
    await untilDone(life, () => storePlace(store, room, next), storeFailed)
    unkept = false
  }

  /** Does it, again and again if need be. False when a fresh start has made it void. @throws what the client ended with */
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
      if (mine !== life) return false
    }
  }

  const storeFailed = (cause: unknown) =>
    cause instanceof ClientError ? cause : new ClientError('store', `the store failed for ${room}`, { cause, room })

  return {
    handlers,
    resets,
    begin,

    events(list: EventList<WireEvent>) {
      if (line.length > LINE_MAX_EVENTS) leftSome = true
      else reader?.events(list)
    },
    online() {
      online = true
      void reader?.catchUp()
    },
    offline() {
      online = false
      reader?.rest()
    }
  }
}

/** The event that made a message, as far as the message tells. */
const sent = (message: Message): RoomEvent => {
  const { id, seq, at, by } = message
  return { v: STORED_VERSION, kind: 'sent', id, seq, at, by, message }
}

/** A list says what a message has become in the last event about it: the earlier ones are given the same. */
function filled(events: readonly WireEvent[]): WireEvent[] {
  const messages = new Map<string, Message>()
  return events
    .toReversed()
    .map((event) => {
      if (!isKnown(event)) return event
      if (isWhole(event)) messages.set(event.message.id, event.message)
      const message = isWhole(event) ? undefined : messages.get(event.of.id)
      return !isWhole(event) && message ? withMessage(event, message) : event
    })
    .toReversed()
}

function withMessage(event: ChangeEvent, message: Message): RoomEvent {
  const { v, seq, kind, id, at, by } = event
  return { v, seq, kind, id, at, by, message }
}
