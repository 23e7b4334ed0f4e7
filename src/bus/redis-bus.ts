// The Redis Streams adapter, and the letters between instances that travel by it. Own letters come back as well: that is how
// an instance knows that it isn't deaf.
import { createAdapter } from '@socket.io/redis-streams-adapter'
import type { Server } from 'socket.io'
import * as v from 'valibot'
import type { Cancel, Clock } from '../clock.ts'
import { readBusMessage, type BusMessage, type Bus } from './messages.ts'
import { STORED_VERSION, newId } from '../contract.ts'
import { createEncryption } from './encryption.ts'
import { BLOCK_MS, createStreamClient, type Entry } from './stream-client.ts'
import { createReplayGuard } from './replay-guard.ts'

/** An audience nobody joins: what is told to it goes by the stream to all instances, and to no client. */
const LETTERS = 'letters'
const READ_COUNT = 1_000
/** An own letter that isn't back by then: deaf. */
const DEAF_AFTER_MS = 5_000
const LOOK_EVERY_MS = 1_000
/** An entry that is not applied is logged once, and again only after there was none of its kind for this long. */
const REJECTED_QUIET_MS = 10 * 60_000

/** What is inside of an encrypted entry. */
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

export interface RedisBus {
  adapter: AdapterMaker
  post: Bus
  /** Begins to write and to hear. `onHeal`: letters may have been lost until now. */
  start(io: Pick<Server, 'to'>, onHeal: () => void): void
  /** Own letters come back. False until the first has, and again when one has been away for too long. */
  readonly hears: boolean
  /** When Redis first answered, by the clock given; null until then. */
  readonly reachedAt: number | null
  /** Called with the seconds from writing a letter to hearing it back. */
  onRound(listener: (seconds: number) => void): void
  /** Called with the region of another instance that has begun to hear, or hears again. */
  onRegion(listener: (region: string) => void): void
  /** Called for every entry that is not applied. */
  onRejected(listener: (why: RejectedEntry) => void): void
  close(): Promise<void>
}

/** `secret` and `prefix`: the same on all instances of one deployment. */
export function createRedisBus(options: {
  url: string
  prefix: string
  /** Where this instance is. */
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
    onEntry: hear,
    onError,
    ...(writeWithinMs && { writeWithinMs })
  })
  const guard = createReplayGuard(clock)
  /** When each kind was ignored last. */
  const rejectedAt = new Map<RejectedEntry, number>()
  const seal = createEncryption(options.secret)
  const me = newId()
  /** Own letters not yet back: their numbers, and when they were sent. */
  const away = new Map<number, number>()
  let sent = 0
  let hears = false
  let reachedAt: number | null = null
  let closed = false
  let tell: (sealed: string) => void = () => {}
  const listeners: ((letter: BusMessage) => void)[] = []
  let round: (seconds: number) => void = () => {}
  let begun: (region: string) => void = () => {}
  let rejected: (why: RejectedEntry) => void = () => {}
  let heal = () => {}
  let stopLooking: Cancel = () => {}

  function send(letter: BusMessage) {
    if (closed) return
    sent += 1
    away.set(sent, clock.now())
    tell(seal.close({ from: me, number: sent, at: clock.now(), letter }))
  }

  /** Until it is back this instance may be missing letters. */
  const sendMarker = () => send({ v: STORED_VERSION, kind: 'marker', id: newId(), region })

  /** Applies what decrypts, is recent and was not seen before; nothing else. Whatever throws, the reading goes on. */
  function hear(entry: Entry) {
    try {
      const sealed = sealedLetter(entry)
      if (sealed === null) return reject('foreign')
      const opened = v.safeParse(envelope, seal.open(sealed))
      if (!opened.success) return reject('undecryptable')
      const { from, number, letter: given } = opened.output
      const verdict = guard.check(opened.output)
      if (verdict !== 'ok') return reject(verdict)
      if (from === me) return back(number)
      const letter = readBusMessage(given)
      if (letter?.kind === 'marker' && letter.region !== undefined) begun(letter.region)
      if (letter) for (const listen of listeners) listen(letter)
    } catch (cause) {
      onError(cause)
    }
  }

  function reject(why: RejectedEntry) {
    rejected(why)
    const before = rejectedAt.get(why)
    rejectedAt.set(why, clock.now())
    if (before === undefined || clock.now() - before > REJECTED_QUIET_MS) onError(new Error(rejections[why]))
  }

  function back(number: number) {
    const sentAt = away.get(number)
    if (sentAt !== undefined) round((clock.now() - sentAt) / 1_000)
    for (const earlier of away.keys()) if (earlier <= number) away.delete(earlier)
    if (hears) return
    hears = true
    heal()
  }

  function look() {
    const [oldest] = away.values()
    if (oldest !== undefined && clock.now() - oldest > DEAF_AFTER_MS) {
      away.clear()
      hears = false
      client.renewReader()
    }
    stopLooking = clock.after(LOOK_EVERY_MS, look)
  }

  const adapter = createAdapter(client.forAdapter, {
    streamName: stream,
    channelPrefix: `{${prefix}}`,
    readCount: READ_COUNT,
    blockTimeInMs: BLOCK_MS
  })

  return {
    adapter,
    post: {
      get hears() {
        return hears
      },
      send,
      onMessage(listen) {
        listeners.push(listen)
      }
    },
    start(io, onHeal) {
      heal = onHeal
      tell = (sealed) => void io.to(LETTERS).emit('letter', sealed)
      client.start(() => {
        reachedAt ??= clock.now()
        sendMarker()
      })
      stopLooking = clock.after(LOOK_EVERY_MS, look)
    },
    get hears() {
      return hears
    },
    get reachedAt() {
      return reachedAt
    },
    onRound(listen) {
      round = listen
    },
    onRegion(listen) {
      begun = listen
    },
    onRejected(listen) {
      rejected = listen
    },
    async close() {
      closed = true
      stopLooking()
      await client.close()
    }
  }
}

/** The encrypted message in an entry, or null when it holds something else. */
function sealedLetter({ type, data }: Entry): string | null {
  if (type !== BROADCAST || !data?.includes('"letter"')) return null
  try {
    return v.parse(broadcast, JSON.parse(data)).packet.data[1]
  } catch {
    return null
  }
}

/** How the adapter writes the kind of a told word (MessageType.BROADCAST of socket.io-adapter). */
const BROADCAST = '3'
const broadcast = v.object({
  opts: v.object({ rooms: v.tuple([v.literal(LETTERS)]) }),
  packet: v.object({ data: v.tuple([v.literal('letter'), v.string()]) })
})
