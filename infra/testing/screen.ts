// A minimal native client for tests: it keeps a cursor, catches up from it, retries with the same id, and records what it showed. It
// shares no code with the web client, so that a bug there can't hide one of the server.
import type { Socket } from 'socket.io-client'
import {
  LOBBY,
  WIRE_VERSION,
  newId,
  type Answers,
  type Cursor,
  type EventKind,
  type LiveEvents,
  type Message,
  type Reason,
  type Receipt,
  type Reply,
  type SessionAnswer,
  type WireEvent,
  type ClientEvent
} from '../../src/contract.ts'
import { asNative, onEvents, openSocket, signIn, unpacked } from './clients.ts'
import { afterChange, messageIn } from './changed-message.ts'
import type { Acknowledged, Sent, Shown } from './history.ts'

const ANSWER_MS = 20_000
const AGAIN_MS = 40
/** Longer than any promise; then the wait fails with what the screen shows. */
const PATIENCE_MS = 40_000
const TRY_AGAIN: readonly Reason[] = ['unavailable', 'too-fast', 'not-joined', 'fault']

/** Kinds that this version knows. Unknown kinds of a newer version only use up a number. */
const CHANGES: readonly EventKind[] = ['edited', 'removed', 'reacted']

export interface ScreenOptions {
  name: string
  /** Instances to connect to; when one is lost it tries the next. */
  urls: string[]
  room?: string
  /** A session of a person who has signed in already. */
  session?: SessionAnswer
  /** The version of the protocol; the newest when left out. */
  wire?: number
}

export interface Screen {
  readonly name: string
  readonly session: SessionAnswer
  readonly cursor: Cursor | null
  /** On the screen now, oldest first. */
  readonly messages: Message[]
  /** Everything shown since the start, in order of appearance. */
  readonly shown: Shown[]
  readonly sent: Sent[]
  readonly acknowledged: Acknowledged[]
  /** Replies other than acknowledgements, and how long each took, in milliseconds. */
  readonly refused: { reason: Reason | 'lost'; afterMs: number }[]
  /** The kinds of the replies to its requests by cursor. */
  readonly synced: ('events' | 'fresh')[]
  readonly socket: Socket
  /** Sends a message after all earlier ones, and retries until it is acknowledged. */
  say(text: string): Promise<Receipt>
  /** Sends any request, and retries with the same id. @throws when it is refused for good */
  verb<W extends ClientEvent>(event: W, payload: object): Promise<Answers[W]>
  /** Loads pages until the screen shows all of the history. */
  pageBack(): Promise<void>
  until(comes: (screen: Screen) => boolean): Promise<void>
  /** Closes the connection and stays disconnected. */
  away(): void
  /** Reconnects to this instance, or to the former one when left out. */
  back(url?: string): void
  close(): void
}

/** A client that has opened the room. */
export async function openScreen({
  name,
  urls,
  room = LOBBY,
  session,
  wire = WIRE_VERSION
}: ScreenOptions): Promise<Screen> {
  const own = session ?? (await signIn(urls[0] ?? '', name))
  const messages = new Map<string, Message>()
  const shown: Shown[] = []
  const watchers = new Set<() => void>()
  let cursor: Cursor | null = null
  let screenNumber = 0
  let waiting: LiveEvents[] = []
  let asking = false
  let here = false
  let gone = false
  let place = 0
  let queue: Promise<unknown> = Promise.resolve()
  let socket = connect()

  function connect(): Socket {
    const socket = openSocket(urls[place % urls.length] ?? '', asNative(own.token, wire))
    const lost = () => {
      if (here) changed()
      here = false
      if (!gone) setTimeout(() => !gone && reconnect(place + 1), AGAIN_MS)
    }
    socket.on('connect', () => void catchUp(socket))
    socket.on('connect_error', lost)
    socket.on('disconnect', lost)
    onEvents(socket, (event, payload) => {
      if (event === 'room:events' && (payload as LiveEvents).room === room) receive(payload as LiveEvents)
    })
    return socket
  }

  function reconnect(next: number) {
    place = next
    socket = connect()
  }

  function changed() {
    for (const look of watchers) look()
  }

  async function ask<W extends ClientEvent>(event: W, payload: object): Promise<Reply<Answers[W]> | null> {
    if (!socket.connected) return null
    const start = performance.now()
    const sent = (await socket
      .timeout(ANSWER_MS)
      .emitWithAck(event, payload)
      .catch(() => null)) as Reply<Answers[W]> | null
    const reply = unpacked(event, sent)
    if (!reply?.ok) {
      screen.refused.push({ reason: reply?.reason ?? 'lost', afterMs: performance.now() - start })
      changed()
    }
    return reply
  }

  /** First load, catch-up and repair. Events received meanwhile wait. */
  async function catchUp(mine: Socket) {
    asking = true
    for (;;) {
      const reply: Reply<Answers['room:open']> | null = await ask('room:open', cursor ? { room, cursor } : { room })
      if (mine !== socket || !mine.connected) return
      if (!reply?.ok) {
        await pause()
        continue
      }
      const { sync } = reply.value
      if (cursor) screen.synced.push(sync.kind)
      if (sync.kind === 'fresh') {
        screenNumber += 1
        messages.clear()
        for (const message of sync.messages) show(message, sync.cursor.epoch)
      } else for (const event of sync.events) apply(event, sync.cursor.epoch, sync.events)
      cursor = sync.cursor
      if (sync.kind === 'fresh' || !sync.more) break
    }
    asking = false
    here = true
    changed()
    for (const list of waiting.splice(0)) receive(list)
  }

  function receive(list: LiveEvents) {
    if (asking || !cursor) {
      waiting.push(list)
      return
    }
    const { events } = list
    const before = { id: list.before.seq === cursor.seq ? cursor.id : '', ...list.before }
    // An empty list means that the room starts over: a client with another cursor asks.
    const startsOver = events.length === 0 && (before.seq !== cursor.seq || before.id !== cursor.id)
    const other = !cursor.epoch.startsWith(before.epoch) || (before.seq === cursor.seq && before.id !== cursor.id)
    if (startsOver || other || before.seq > cursor.seq) {
      // The log is at least as far as any event received from it, so the reply includes this list.
      void catchUp(socket)
      return
    }
    for (const event of events) {
      if (event.seq <= cursor.seq) continue
      apply(event, cursor.epoch, events)
      cursor = { epoch: cursor.epoch, seq: event.seq, id: event.id }
    }
    changed()
  }

  function apply(event: WireEvent, epoch: string, list: readonly WireEvent[]) {
    const { kind } = event
    if (kind === 'sent') return show(messageIn(event, list), epoch)
    if (!CHANGES.includes(kind)) return
    const id = 'of' in event ? event.of.id : event.message.id
    const held = messages.get(id)
    const message = 'of' in event ? held && afterChange(event, held) : event.message
    if (held && message && message.rev > held.rev) messages.set(id, message)
  }

  function show(message: Message, epoch: string) {
    const { id, seq, text } = message
    shown.push({ client: name, room, epoch, seq, id, text, screen: screenNumber })
    messages.set(id, message)
  }

  const screen: Screen = {
    name,
    session: own,
    get cursor() {
      return cursor
    },
    get messages() {
      return [...messages.values()].toSorted((one, other) => one.seq - other.seq)
    },
    shown,
    sent: [],
    acknowledged: [],
    refused: [],
    synced: [],
    get socket() {
      return socket
    },
    say(text) {
      const id = newId()
      screen.sent.push({ client: name, room, id, text })
      const done = queue.then(async () => {
        const receipt = await screen.verb('message:send', { room, id, text })
        screen.acknowledged.push({ client: name, room, id, seq: receipt.seq })
        changed()
        return receipt
      })
      queue = done.catch(() => {})
      return done
    },
    async verb(event, payload) {
      for (;;) {
        const reply = await ask(event, payload)
        if (reply?.ok) return reply.value
        if (gone) throw new Error('this screen is closed')
        if (reply && !TRY_AGAIN.includes(reply.reason)) throw new Error(`${event} was refused: ${reply.reason}`)
        await pause()
      }
    },
    async pageBack() {
      for (let older = true; older;) {
        const page = await screen.verb('room:before', { room, before: screen.messages[0]?.seq ?? 0, limit: 500 })
        for (const message of page.messages) if (!messages.has(message.id)) messages.set(message.id, message)
        older = page.older
      }
    },
    until: (comes) =>
      new Promise((done, failed) => {
        const timer = setTimeout(() => {
          watchers.delete(look)
          failed(new Error(`it doesn't come true for ${name} at ${JSON.stringify(cursor)}: ${comes.toString()}`))
        }, PATIENCE_MS)
        function look() {
          if (!comes(screen)) return
          clearTimeout(timer)
          watchers.delete(look)
          done()
        }
        watchers.add(look)
        look()
      }),
    away() {
      gone = true
      here = false
      socket.io.engine.close()
    },
    back(url) {
      gone = false
      reconnect(url === undefined ? place : urls.includes(url) ? urls.indexOf(url) : urls.push(url) - 1)
    },
    close() {
      gone = true
      socket.disconnect()
    }
  }
  await screen.until(() => here)
  return screen
}

const pause = () => new Promise((done) => setTimeout(done, AGAIN_MS))
