// The bus over Redis: the stock Streams adapter carries encrypted bus messages. Own messages come back too, which shows that this
// instance receives.
import { createAdapter } from '@socket.io/redis-streams-adapter'
import type { Server } from 'socket.io'
import * as v from 'valibot'
import type { Cancel, Clock } from '../clock.ts'
import { STORED_VERSION, newId } from '../contract.ts'
import type { BusEntries } from '../log/redis/bus-entry.ts'
import { createEncryption } from './encryption.ts'
import { BUS_EVENT, BUS_ROOM, encryptedIn, entryWith, type Entry } from './entries.ts'
import { readBusMessage, type Bus, type BusMessage } from './messages.ts'
import { createReplayGuard } from './replay-guard.ts'
import { readStoredMessage, storedMessage } from './stored-message.ts'
import { BLOCK_MS, createStreamClient } from './stream-client.ts'

const READ_COUNT = 1_000
/** An own message that has not come back by then shows that this instance does not receive. */
const OVERDUE_AFTER_MS = 5_000
const CHECK_EVERY_MS = 1_000
/** A rejected entry is logged once, and again after this long without one of its kind. */
const REJECTED_QUIET_MS = 10 * 60_000

/** The decrypted content of an entry. */
const envelope = v.object({
  from: v.string(),
  number: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  at: v.optional(v.number()),
  letter: v.unknown()
})

/** Why an entry of the stream is not applied. */
export type RejectedEntry = 'foreign' | 'undecryptable' | 'old' | 'repeated'
const rejections: Record<RejectedEntry, string> = {
  foreign:
    'The bus holds an entry that is not one of its encrypted messages. It was ignored. Does something else write to this Redis?',
  undecryptable: 'A bus message could not be decrypted and was ignored. Do all instances have the same SESSION_SECRET?',
  old: 'A bus message was ignored because it is too old. Do the clocks of all instances agree within 5 minutes?',
  repeated: 'A bus message arrived a second time and was ignored. Somebody may have written it to this Redis again.'
}

export type AdapterMaker = ReturnType<typeof createAdapter>

/** `isReceiving`: false until the first own message has come back, and while one is overdue. */
export interface RedisBus extends Bus, BusEntries {
  adapter: AdapterMaker
  /** Connects. `onHeal` is called when messages arrive again: some may have been lost until then. */
  start(io: Pick<Server, 'to'>, onHeal: () => void): void
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
    onError,
    ...(writeWithinMs && { writeWithinMs })
  })
  const guard = createReplayGuard(clock)
  /** When an entry of each kind was last rejected. */
  const rejectedAt = new Map<RejectedEntry, number>()
  const { encrypt, decrypt } = createEncryption(options.secret)
  const me = newId()
  /** Own messages that have not come back: number → when it was sent. */
  const inFlight = new Map<number, number>()
  let sent = 0
  /** The highest number of an own message that came back. */
  let newestBack = 0
  let isReceiving = false
  let reachedAt: number | null = null
  let closed = false
  let emit: (encrypted: string) => void = () => {}
  const listeners: ((message: BusMessage) => void)[] = []
  let onRoundTrip: (seconds: number) => void = () => {}
  let onRegion: (region: string) => void = () => {}
  let onRejected: (why: RejectedEntry) => void = () => {}
  let heal = () => {}
  let stopChecking: Cancel = () => {}

  function numbered(message: object) {
    sent += 1
    return encrypt({ from: me, number: sent, at: clock.now(), letter: message })
  }

  function send(message: BusMessage) {
    if (closed) return
    const encrypted = numbered(message)
    inFlight.set(sent, clock.now())
    emit(encrypted)
  }

  /** Until the marker is back, this instance may miss messages. */
  const sendMarker = () => send({ v: STORED_VERSION, kind: 'marker', id: newId(), region })

  /** Applies only what decrypts, is recent and was not read before. It never throws, so reading goes on. */
  function onEntry(entry: Entry) {
    try {
      const encrypted = encryptedIn(entry)
      if (encrypted === null) return reject('foreign')
      const decrypted = v.safeParse(envelope, decrypt(encrypted))
      if (!decrypted.success) return reject('undecryptable')
      const { from, number, letter: payload } = decrypted.output
      const verdict = guard.check(decrypted.output)
      if (verdict !== 'ok') return reject(verdict)
      const stored = readStoredMessage(entry, payload)
      if (from === me) onOwnMessage(number)
      // An own message whose answer was lost is news here too.
      if (from === me && !stored) return
      const message = stored ?? readBusMessage(payload)
      if (message?.kind === 'marker' && message.region !== undefined) onRegion(message.region)
      if (message) for (const listen of listeners) listen(message)
    } catch (cause) {
      onError(cause)
    }
  }

  function reject(why: RejectedEntry) {
    onRejected(why)
    const before = rejectedAt.get(why)
    rejectedAt.set(why, clock.now())
    if (before === undefined || clock.now() - before > REJECTED_QUIET_MS) onError(new Error(rejections[why]))
  }

  function onOwnMessage(number: number) {
    const sentAt = inFlight.get(number)
    if (sentAt !== undefined) onRoundTrip((clock.now() - sentAt) / 1_000)
    newestBack = Math.max(newestBack, number)
    for (const earlier of inFlight.keys()) if (earlier <= number) inFlight.delete(earlier)
    if (isReceiving) return
    isReceiving = true
    heal()
  }

  function check() {
    const [oldest] = inFlight.values()
    if (oldest !== undefined && clock.now() - oldest > OVERDUE_AFTER_MS) {
      inFlight.clear()
      isReceiving = false
      client.renewReader()
    }
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
      const fields = Object.entries(entryWith(me, numbered(storedMessage(change)))).flat()
      const [number, sentAt] = [sent, clock.now()]
      return {
        keep: client.entriesMax(),
        fields,
        written() {
          if (number > newestBack) inFlight.set(number, sentAt)
        }
      }
    },
    onMessage(listener) {
      listeners.push(listener)
    },
    start(io, onHeal) {
      heal = onHeal
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
