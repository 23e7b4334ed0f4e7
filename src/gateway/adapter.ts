// The Redis Streams adapter, and the letters that travel by it. The stock adapter has ways to fall silent, to spin, and to
// end the process (its reader starts at "$" and misses what comes before its first entry; it has no back-off; an entry it
// can't apply is read again for ever; its calls are not awaited). It is not forked here: it is given a Redis client that
// doesn't have them.
import { createAdapter } from '@socket.io/redis-streams-adapter'
import type { Server } from 'socket.io'
import { createClient } from 'redis'
import { WIRE_VERSION, newId } from '../contract.ts'
import type { Cancel, Clock } from '../chat/clock.ts'
import { readLetter, type Letter, type Post } from '../chat/letters.ts'
import { createSeal } from './seal.ts'

/** An audience nobody joins: what is told to it goes by the stream to all instances, and to no client. */
const LETTERS = 'letters'
/** An idle instance asks Redis once in this time, and hosted Redis counts every question. */
const BLOCK_MS = 60_000
const READ_COUNT = 1_000
/** Entries kept when letters come faster than they age. */
const STREAM_MAX = 10_000
/** How long a letter stays in the stream. Long enough for any reader, and no longer: it holds the text of a message. */
const LETTERS_LIVE_MS = 60_000
/** An own letter that isn't back by then: deaf. */
const DEAF_AFTER_MS = 5_000
const LOOK_EVERY_MS = 1_000
const BACK_OFF_MIN_MS = 100
const BACK_OFF_MAX_MS = 2_000
/** A command that could not be written by then is withdrawn: a letter that late is no use. */
const WRITE_WITHIN_MS = 3_000

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
  close(): Promise<void>
}

/** An entry as the adapter writes it: strings, of which any may be missing in one that somebody else wrote. */
type Raw = { uid: string; nsp: string; type: string; data?: string }
interface Entry {
  id: string
  message: Raw
}

export function createLetterBox(options: {
  url: string
  prefix: string
  secret: string
  clock: Clock
  onTrouble(cause: unknown): void
}): LetterBox {
  const { url, prefix, clock, onTrouble } = options
  const seal = createSeal(options.secret)
  const stream = `{${prefix}}:letters`
  const me = newId()
  const writer = newClient(WRITE_WITHIN_MS)
  const makeReader = () => newClient(0)
  let reader = makeReader()

  let tell: (sealed: string) => void = () => {}
  let listener: (letter: Letter) => void = () => {}
  let heal = () => {}
  const begun = Promise.withResolvers<void>()
  let closed = false
  let reached = false
  let stopLooking: Cancel = () => {}
  /** The last entry read; null until the stream's end is known. */
  let offset: string | null = null
  /** Own letters not yet back: their numbers, and when they were sent. */
  const away = new Map<number, number>()
  let sent = 0
  let hears = false
  let sinceTrim = false
  let backOffMs = BACK_OFF_MIN_MS

  function newClient(commandTimeout: number) {
    const client = createClient({
      url,
      RESP: 2,
      commandOptions: commandTimeout > 0 ? { timeout: commandTimeout } : {},
      socket: {
        keepAlive: true,
        // Never gives up: a client that has, makes the adapter's loop spin. No socket timeout: the reader waits for a minute.
        reconnectStrategy: (tries) => Math.min(50 * 2 ** tries, BACK_OFF_MAX_MS) * (0.5 + Math.random() / 2)
      }
    })
    client.on('error', onTrouble)
    return client
  }

  /** What the adapter asks of a client. Reads can't fail or spin, writes can't reject, and nothing is ever published. */
  const facade = {
    sSubscribe() {},
    on() {},
    connect: async () => {},
    disconnect() {},
    duplicate: () => facade,
    // Nothing of ours rests on PUBLISH: hosted Redis isn't known to carry it between its replicas. So no third connection.
    subscribe: async () => {},
    publish: async () => 0,
    sendCommand: async () => [],
    async xAdd(key: string, id: string, payload: Record<string, string>, trim: object) {
      try {
        return await writer.xAdd(key, id, payload, trim)
      } catch (cause) {
        onTrouble(cause)
        return ''
      }
    },
    async xRead(_streams: unknown, { BLOCK, COUNT }: { BLOCK: number; COUNT: number }) {
      for (;;) {
        await begun.promise
        if (closed) return null
        try {
          if (offset === null) {
            offset = await lastId()
            // Until it is back this instance may be missing letters.
            send({ v: WIRE_VERSION, kind: 'marker', id: newId() })
          }
          const answer = (await reader.xRead({ key: stream, id: offset }, { BLOCK, COUNT })) as
            | { messages: Entry[] }[]
            | null
          backOffMs = BACK_OFF_MIN_MS
          const messages = answer?.[0]?.messages
          const last = messages?.at(-1)
          if (!messages || !last) return null
          offset = last.id
          return [{ name: stream, messages: messages.filter(wellFormed) }]
        } catch (cause) {
          if (!closed) onTrouble(cause)
          await pause()
        }
      }
    }
  }

  /** The stream's end. From a concrete id no entry is missed; from "$" all are that come between two reads. */
  async function lastId(): Promise<string> {
    const last = (await reader.xRevRange(stream, '+', '-', { COUNT: 1 })) ?? []
    reached = true
    return last[0] ? String(last[0].id) : '0-0'
  }

  const pause = () =>
    new Promise<void>((done) => {
      backOffMs = Math.min(backOffMs * 2, BACK_OFF_MAX_MS)
      clock.after(backOffMs * (0.5 + Math.random() / 2), done)
    })

  /** Takes letters out of what the adapter reads; what is left it may apply, and if that throws, the loop goes on all the same. */
  function hear(raw: Raw, apply: () => void) {
    const sealed = sealedLetter(raw)
    if (sealed === null) {
      try {
        apply()
      } catch (cause) {
        onTrouble(cause)
      }
      return
    }
    const opened = seal.open(sealed) as { from?: unknown; number?: unknown; letter?: unknown } | undefined
    if (!opened)
      return onTrouble(new Error('A letter could not be opened: do all instances have the same SESSION_SECRET?'))
    if (opened.from === me) return back(Number(opened.number))
    const letter = readLetter(opened.letter)
    if (!letter) return
    try {
      listener(letter)
    } catch (cause) {
      onTrouble(cause)
    }
  }

  function back(number: number) {
    for (const earlier of away.keys()) if (earlier <= number) away.delete(earlier)
    if (hears) return
    hears = true
    heal()
  }

  function send(letter: Letter) {
    if (closed) return
    sent += 1
    sinceTrim = true
    away.set(sent, clock.now())
    tell(seal.close({ from: me, number: sent, letter }))
  }

  function look() {
    const [oldest] = away.values()
    if (oldest !== undefined && clock.now() - oldest > DEAF_AFTER_MS) {
      away.clear()
      hears = false
      renewReader()
    }
    stopLooking = clock.after(LOOK_EVERY_MS, look)
  }

  /** Deaf: the connection may hang, or the stream may have begun anew below our offset (a failover to an earlier clock). */
  function renewReader() {
    const old = reader
    reader = makeReader()
    offset = null
    reader.connect().catch(onTrouble)
    old.destroy()
  }

  /** Everything that had been read a lifetime ago goes. By ids that Redis gave: no clock of ours decides. */
  function trim(readByThen: string | null) {
    return clock.after(LETTERS_LIVE_MS, () => {
      if (closed) return
      const read = offset
      if (sinceTrim && readByThen && writer.isReady) {
        sinceTrim = readByThen !== read
        writer.xTrim(stream, 'MINID', nextId(readByThen) as never).catch(onTrouble)
      }
      trim(read)
    })
  }

  const make = createAdapter(facade, {
    streamName: stream,
    channelPrefix: `{${prefix}}`,
    readCount: READ_COUNT,
    blockTimeInMs: BLOCK_MS,
    maxLen: STREAM_MAX
  })
  // Socket.IO calls it with `new`, which an arrow or a method doesn't stand.
  function makeAdapter(namespace: unknown) {
    const adapter = make(namespace)
    const apply = adapter.onRawMessage.bind(adapter)
    adapter.onRawMessage = (raw, id) => hear(raw, () => apply(raw, id))
    return adapter
  }

  return {
    adapter: makeAdapter,
    post: {
      send,
      onLetter(listen) {
        listener = listen
      }
    },
    start(io, onHeal) {
      heal = onHeal
      tell = (sealed) => void io.to(LETTERS).emit('letter', sealed)
      writer.connect().catch(onTrouble)
      reader.connect().catch(onTrouble)
      begun.resolve()
      trim(null)
      stopLooking = clock.after(LOOK_EVERY_MS, look)
    },
    get hears() {
      return hears
    },
    get reached() {
      return reached
    },
    async close() {
      closed = true
      stopLooking()
      reader.destroy()
      if (writer.isReady) await writer.close()
      else writer.destroy()
    }
  }
}

/** The sealed letter in an entry, or null when it holds something else. */
function sealedLetter({ type, data }: Raw): string | null {
  if (type !== '3' || !data?.includes('"letter"')) return null
  try {
    const { packet, opts } = JSON.parse(data) as { packet?: { data?: unknown[] }; opts?: { rooms?: unknown[] } }
    const [word, sealed] = packet?.data ?? []
    return opts?.rooms?.[0] === LETTERS && word === 'letter' && typeof sealed === 'string' ? sealed : null
  } catch {
    return null
  }
}

/** Whether the adapter can take an entry apart. Others write here too during a rolling deploy; one bad entry must not stop the reading. */
function wellFormed({ message }: Entry): boolean {
  const { uid, nsp, type, data }: Partial<Raw> = message
  if (!uid || !nsp || !type || !/^\d{1,2}$/.test(type)) return false
  if (data === undefined) return true
  try {
    return typeof JSON.parse(data) === 'object'
  } catch {
    return false
  }
}

function nextId(id: string): string {
  const [time = '0', count = '0'] = id.split('-')
  return `${time}-${Number(count) + 1}`
}
