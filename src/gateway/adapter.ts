// The Redis Streams adapter, and the letters between instances that travel by it. Own letters come back as well: that is how
// an instance knows that it isn't deaf.
import { createAdapter } from '@socket.io/redis-streams-adapter'
import type { Server } from 'socket.io'
import type { Cancel, Clock } from '../chat/clock.ts'
import { readLetter, type Letter, type Post } from '../chat/letters.ts'
import { WIRE_VERSION, newId } from '../contract.ts'
import { createSeal } from './seal.ts'
import { BLOCK_MS, createStreamClient, type Entry } from './adapter-client.ts'

/** An audience nobody joins: what is told to it goes by the stream to all instances, and to no client. */
const LETTERS = 'letters'
const READ_COUNT = 1_000
/** Entries kept when letters come faster than they age. */
const STREAM_MAX = 10_000
/** An own letter that isn't back by then: deaf. */
const DEAF_AFTER_MS = 5_000
const LOOK_EVERY_MS = 1_000

export type AdapterMaker = ReturnType<typeof createAdapter>

export interface LetterBox {
  adapter: AdapterMaker
  post: Post
  /** Begins to write and to hear. `onHeal`: letters may have been lost until now. */
  start(io: Pick<Server, 'to'>, onHeal: () => void): void
  /** Own letters come back. False until the first has, and again when one has been away for too long. */
  readonly hears: boolean
  /** Redis has answered at least once. */
  readonly reached: boolean
  /** Called with the seconds from writing a letter to hearing it back. */
  onRound(listener: (seconds: number) => void): void
  /** Called with the region of another instance that has begun to hear, or hears again. */
  onRegion(listener: (region: string) => void): void
  close(): Promise<void>
}

/** `secret` and `prefix`: the same on all instances of one deployment. */
export function createLetterBox(options: {
  url: string
  prefix: string
  /** Where this instance is. */
  region: string
  secret: string
  clock: Clock
  onTrouble(cause: unknown): void
}): LetterBox {
  const { url, prefix, region, clock, onTrouble } = options
  const stream = `{${prefix}}:letters`
  const client = createStreamClient({ url, stream, clock, onTrouble })
  const seal = createSeal(options.secret)
  const me = newId()
  /** Own letters not yet back: their numbers, and when they were sent. */
  const away = new Map<number, number>()
  let sent = 0
  let hears = false
  let closed = false
  let tell: (sealed: string) => void = () => {}
  let listener: (letter: Letter) => void = () => {}
  let round: (seconds: number) => void = () => {}
  let begun: (region: string) => void = () => {}
  let heal = () => {}
  let stopLooking: Cancel = () => {}

  function send(letter: Letter) {
    if (closed) return
    sent += 1
    away.set(sent, clock.now())
    tell(seal.close({ from: me, number: sent, letter }))
  }

  /** Until it is back this instance may be missing letters. */
  const sendMarker = () => send({ v: WIRE_VERSION, kind: 'marker', id: newId(), region })

  /** Takes the letters out of what the adapter reads, and lets it apply the rest. Whatever throws, the reading goes on. */
  function hear(entry: Entry, apply: () => void) {
    const sealed = sealedLetter(entry)
    try {
      if (sealed === null) return apply()
      const opened = seal.open(sealed) as { from?: unknown; number?: unknown; letter?: unknown } | undefined
      if (!opened) throw new Error('A letter could not be opened: do all instances have the same SESSION_SECRET?')
      if (opened.from === me) return back(Number(opened.number))
      const letter = readLetter(opened.letter)
      if (letter?.kind === 'marker' && letter.region !== undefined) begun(letter.region)
      if (letter) listener(letter)
    } catch (cause) {
      onTrouble(cause)
    }
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

  const make = createAdapter(client.forAdapter, {
    streamName: stream,
    channelPrefix: `{${prefix}}`,
    readCount: READ_COUNT,
    blockTimeInMs: BLOCK_MS,
    maxLen: STREAM_MAX
  })
  // Socket.IO calls it with `new`, which an arrow or a method doesn't stand.
  function adapter(namespace: unknown) {
    const made = make(namespace)
    const apply = made.onRawMessage.bind(made)
    made.onRawMessage = (entry, id) => hear(entry, () => apply(entry, id))
    return made
  }

  return {
    adapter,
    post: {
      get hears() {
        return hears
      },
      send,
      onLetter(listen) {
        listener = listen
      }
    },
    start(io, onHeal) {
      heal = onHeal
      tell = (sealed) => void io.to(LETTERS).emit('letter', sealed)
      client.start(sendMarker)
      stopLooking = clock.after(LOOK_EVERY_MS, look)
    },
    get hears() {
      return hears
    },
    get reached() {
      return client.reached
    },
    onRound(listen) {
      round = listen
    },
    onRegion(listen) {
      begun = listen
    },
    async close() {
      closed = true
      stopLooking()
      await client.close()
    }
  }
}

/** The sealed letter in an entry, or null when it holds something else. */
function sealedLetter({ type, data }: Entry): string | null {
  if (type !== BROADCAST || !data?.includes('"letter"')) return null
  try {
    const { packet, opts } = JSON.parse(data) as { packet?: { data?: unknown[] }; opts?: { rooms?: unknown[] } }
    const [word, sealed] = packet?.data ?? []
    return opts?.rooms?.[0] === LETTERS && word === 'letter' && typeof sealed === 'string' ? sealed : null
  } catch {
    return null
  }
}

/** How the adapter writes the kind of a told word (MessageType.BROADCAST of socket.io-adapter). */
const BROADCAST = '3'
