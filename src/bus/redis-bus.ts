// The bus over Redis: the stock Streams adapter carries encrypted bus messages. Own messages come back too, which shows that this
// instance receives. Typing and presence are pushed instead, with PUBLISH: hosted Redis counts each command, and an entry of the stream
// costs one for each instance that reads it. Nothing that may not be lost is pushed.
import { createAdapter } from '@socket.io/redis-streams-adapter'
import type { Server } from 'socket.io'
import type { Cancel, Clock } from '../clock.ts'
import { STORED_VERSION, newId } from '../contract.ts'
import type { BusEntries } from '../log/redis/bus-entry.ts'
import { createEncryption } from './encryption.ts'
import { createInFlight } from './in-flight.ts'
import { BUS_EVENT, BUS_ROOM, encryptedIn, entryWith, type Entry } from './entries.ts'
import { createIncoming, type RejectedEntry } from './incoming.ts'
import { readBusMessage, type Bus, type BusMessage } from './messages.ts'
import { readStoredMessage, storedMessage } from './stored-message.ts'
import { BLOCK_MS, createStreamClient } from './stream-client.ts'

const READ_COUNT = 1_000
/** Typing that is lost fades, and lost presence is read from the leases. */
const PUSHED: ReadonlySet<unknown> = new Set<BusMessage['kind']>(['typing', 'presence'])
/** After a push that did not reach every instance, nothing is pushed for this long. */
const PUSH_AGAIN_AFTER_MS = 60_000
const CHECK_EVERY_MS = 1_000
export type AdapterMaker = ReturnType<typeof createAdapter>

/** `isReceiving`: false until the first own message has come back, and while one is overdue. */
export interface RedisBus extends Bus, BusEntries {
  adapter: AdapterMaker
  /**
   * Connects. `onHeal` is called when messages arrive again: some may have been lost until then. `receivers`: how many instances a push
   * has to reach, this one included; null while some of them may not know pushes.
   */
  start(io: Pick<Server, 'to'>, onHeal: () => void, receivers?: () => number | null): void
  /** When Redis first answered, by the clock; null before. */
  readonly reachedAt: number | null
  /** Called with the seconds between writing a message and reading it back. */
  onRoundTrip(listener: (seconds: number) => void): void
  /** Called with the region of another instance that has started to receive, or receives again. */
  onRegion(listener: (region: string) => void): void
  /** Called for every entry that is not applied. */
  onRejected(listener: (why: RejectedEntry) => void): void
  close(): Promise<void>
}

/** `secret` and `prefix`: the same on all instances of one deployment. */
export function createRedisBus(options: {
  url: string
  prefix: string
  /** The region of this instance. */
  region: string
  secret: string
  clock: Clock
  onError(cause: unknown): void
  /** How long Redis may take to answer a write, in milliseconds. */
  writeWithinMs?: number
}): RedisBus {
  const { url, prefix, region, clock, onError, writeWithinMs } = options
  const stream = `{${prefix}}:letters`
  const client = createStreamClient({
    url,
    stream,
    clock,
    onEntry,
    onPush,
    onEarlyEntry,
    onError,
    ...(writeWithinMs && { writeWithinMs })
  })
  const { encrypt, decrypt } = createEncryption(options.secret)
  const receive = createIncoming({
    decrypt,
    clock,
    deliver: (message) => listeners.forEach((listen) => listen(message)),
    onRejected: (why) => onRejected(why),
    onError
  })
  const me = newId()
  /** Pushes are numbered apart: they overtake entries, by more than receivers remember of a sender. */
  const pusher = newId()
  const inFlight = createInFlight(clock)
  const pushes = createInFlight(clock)
  let pushAgainAt = -Infinity
  let sent = 0
  let pushed = 0
  let isReceiving = false
  let reachedAt: number | null = null
  let closed = false
  let emit: (encrypted: string) => void = () => {}
  const listeners: ((message: BusMessage) => void)[] = []
  let onRoundTrip: (seconds: number) => void = () => {}
  let onRegion: (region: string) => void = () => {}
  let onRejected: (why: RejectedEntry) => void = () => {}
  let heal = () => {}
  let receivers: () => number | null = () => null
  let stopChecking: Cancel = () => {}

  const encrypted = (from: string, number: number, message: object) =>
    encrypt({ from, number, at: clock.now(), letter: message })

  function send(message: BusMessage) {
    if (closed) return
    const needed = PUSHED.has(message.kind) && clock.now() >= pushAgainAt ? receivers() : null
    if (needed === null) toStream(message)
    else void push(message, needed)
  }

  function toStream(message: BusMessage) {
    inFlight.add(++sent)
    emit(encrypted(me, sent, message))
  }

  /** Those that a push has not reached find the message in the stream. To the others it says nothing new there. */
  async function push(message: BusMessage, needed: number) {
    pushes.add(++pushed)
    if ((await client.publish(encrypted(pusher, pushed, message))) >= needed || closed) return
    pushAgainAt = clock.now() + PUSH_AGAIN_AFTER_MS
    toStream(message)
  }

  /** Until the marker is back, this instance may miss messages. */
  const sendMarker = () => send({ v: STORED_VERSION, kind: 'marker', id: newId(), region })

  function onEntry(entry: Entry) {
    receive(encryptedIn(entry), ({ from, number, payload }) => {
      const stored = readStoredMessage(entry, payload)
      if (from === me) onOwnMessage(number)
      // An own message whose answer was lost is news here too.
      if (from === me && !stored) return null
      const message = stored ?? readBusMessage(payload)
      if (message?.kind === 'marker' && message.region !== undefined) onRegion(message.region)
      return message
    })
  }

  /** Own messages are waited for where they show that this instance reads. */
  function onEarlyEntry(entry: Entry): boolean {
    if (entry['uid'] === me) return false
    onEntry(entry)
    return true
  }

  function onPush(text: string) {
    receive(
      text,
      ({ from, number, payload }) => {
        if (from === pusher) pushes.back(number)
        return from === pusher ? null : readBusMessage(payload)
      },
      // A copy of an entry of the stream would make that count as repeated.
      ({ payload }) => PUSHED.has((payload as { kind?: unknown } | null)?.kind)
    )
  }

  function onOwnMessage(number: number) {
    const tookMs = inFlight.back(number)
    if (tookMs !== undefined) onRoundTrip(tookMs / 1_000)
    if (isReceiving) return
    isReceiving = true
    heal()
  }

  function check() {
    if (inFlight.takeOverdue()) {
      isReceiving = false
      client.renewReader()
    }
    if (pushes.takeOverdue()) client.renewSubscriber()
    stopChecking = clock.after(CHECK_EVERY_MS, check)
  }

  const adapter = createAdapter(client.forAdapter, {
    streamName: stream,
    channelPrefix: `{${prefix}}`,
    readCount: READ_COUNT,
    blockTimeInMs: BLOCK_MS
  })

  return {
    adapter,
    get isReceiving() {
      return isReceiving
    },
    get reachedAt() {
      return reachedAt
    },
    send,
    stream,
    entryOf(change) {
      const [number, sentAt] = [++sent, clock.now()]
      const fields = Object.entries(entryWith(me, encrypted(me, number, storedMessage(change)))).flat()
      return {
        trim: client.trim(),
        fields,
        written: () => inFlight.add(number, sentAt)
      }
    },
    onMessage(listener) {
      listeners.push(listener)
    },
    start(io, onHeal, all = () => null) {
      heal = onHeal
      receivers = all
      emit = (encrypted) => void io.to(BUS_ROOM).emit(BUS_EVENT, encrypted)
      client.start(() => {
        reachedAt ??= clock.now()
        sendMarker()
      })
      stopChecking = clock.after(CHECK_EVERY_MS, check)
    },
    onRoundTrip(listener) {
      onRoundTrip = listener
    },
    onRegion(listener) {
      onRegion = listener
    },
    onRejected(listener) {
      onRejected = listener
    },
    async close() {
      closed = true
      stopChecking()
      await client.close()
    }
  }
}
