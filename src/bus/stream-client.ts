// The Redis client that the Streams adapter is given. The stock adapter has ways to fall silent, to spin and to end the
// process: its reader starts at "$" and misses what comes before its first entry, it has no back-off, an entry it can't
// apply is read again for ever, its calls are not awaited. It isn't forked here: this client doesn't let it get there.
// The adapter only writes. What is read goes to `onEntry` and never to the adapter, which would apply a broadcast or a disconnect
// from anyone who can write to this Redis.
import { RedisClient } from 'redis'
import { backoffMs, jittered } from '../backoff.ts'
import type { Cancel, Clock } from '../clock.ts'
import { createAsk } from '../redis/commands.ts'
import { reconnectIn } from '../redis/connection.ts'
import { createByteWindow } from './byte-window.ts'

/** An idle instance asks Redis once in this time, and hosted Redis counts every question. */
export const BLOCK_MS = 60_000
/** How long entries stay in the stream. Long enough for any reader, and no longer. */
const ENTRIES_LIVE_MS = 60_000
/** Waits between reads that fail. */
const READ_BACKOFF = { minMs: 200, maxMs: 2_000 }
/** A write that Redis has not answered by then is given up: a bus message that late is of no use. */
const WRITE_WITHIN_MS = 3_000
/** Entries kept when they come faster than they age, and the bytes of their fields. */
const STREAM_MAX_ENTRIES = 10_000
export const STREAM_MAX_BYTES = 16_000_000

/** An entry as the adapter writes it. Anyone who can write to this Redis can leave out or invent fields. */
export type Entry = Record<string, string>

export interface StreamClient {
  /** What the adapter takes for its client. Reads give it nothing, writes can't reject, nothing is ever published. */
  forAdapter: object
  /** Connects. `onPlaced`: the reader knows where it stands, so whatever is written from now on will be read. */
  start(onPlaced: () => void): void
  /** A new reader, at the stream's present end: the old connection may hang, or the stream have begun anew below its place. */
  renewReader(): void
  close(): Promise<void>
}

export function createStreamClient(options: {
  url: string
  stream: string
  clock: Clock
  /** Hears every entry in the order of the stream. Must not throw. */
  onEntry(entry: Entry): void
  onError(cause: unknown): void
  writeWithinMs?: number
}): StreamClient {
  const { url, stream, clock, onEntry, onError, writeWithinMs = WRITE_WITHIN_MS } = options
  const window = createByteWindow({ maxEntries: STREAM_MAX_ENTRIES, maxBytes: STREAM_MAX_BYTES })
  /** The adapter's own id, in the entries it writes. */
  let writes: string | null = null
  const writer = newClient()
  // Replaces a writer that hangs. The reader has no deadline, because it waits for a minute at a time; own messages that do not
  // come back show that it hangs.
  const write = createAsk(writer, writeWithinMs)
  let reader = newClient()
  const begun = Promise.withResolvers<void>()
  let onPlaced = () => {}
  let closed = false
  /** The last entry read; null until the stream's end is known. */
  let place: string | null = null
  let written = false
  let failedReads = 0
  let stopTrimming: Cancel = () => {}

  function newClient() {
    const client = new RedisClient({
      url,
      RESP: 2,
      disableClientInfo: true,
      socket: {
        keepAlive: true,
        // Never gives up: a client that has, makes the adapter's loop spin.
        reconnectStrategy: reconnectIn
      }
    })
    client.on('error', onError)
    return client
  }

  const forAdapter = {
    // By this the adapter knows the package.
    sSubscribe() {},
    on() {},
    connect: async () => {},
    disconnect() {},
    duplicate: () => forAdapter,
    // Nothing of ours rests on PUBLISH: hosted Redis isn't known to carry it between its replicas. So no third connection.
    subscribe: async () => {},
    publish: async () => 0,
    sendCommand: async () => [],
    async xAdd(key: string, id: string, entry: Entry) {
      try {
        written = true
        writes = entry['uid'] ?? null
        const fields = Object.entries(entry).flat()
        window.add(bytesOf(fields))
        return await write(['XADD', key, 'MAXLEN', '~', `${window.entries}`, id, ...fields])
      } catch (cause) {
        onError(cause)
        return ''
      }
    },
    async xRead(_streams: unknown, { BLOCK, COUNT }: { BLOCK: number; COUNT: number }) {
      await begun.promise
      for (;;) {
        // The adapter asks again at once, also when it was never told that it is over.
        if (closed) return new Promise<never>(() => {})
        try {
          await read(BLOCK, COUNT)
          return null
        } catch (cause) {
          if (!closed) onError(cause)
          await pause()
        }
      }
    }
  }

  async function read(block: number, count: number) {
    if (place === null) {
      // From a concrete id no entry is missed; from "$" all are that come between two reads.
      const [newest] = await reader.sendCommand<RawEntry[]>(['XREVRANGE', stream, '+', '-', 'COUNT', '1'])
      place = newest?.[0] ?? '0-0'
      onPlaced()
    }
    const question = ['XREAD', 'COUNT', `${count}`, 'BLOCK', `${block}`, 'STREAMS', stream, place]
    const answer = await reader.sendCommand<[stream: string, entries: RawEntry[]][] | null>(question)
    failedReads = 0
    for (const [id, fields] of answer?.[0]?.[1] ?? []) {
      place = id
      const entry = entryOf(fields)
      if (writes === null || entry['uid'] !== writes) window.add(bytesOf(fields))
      onEntry(entry)
    }
  }

  function pause() {
    const waitMs = jittered(backoffMs(failedReads, READ_BACKOFF))
    failedReads += 1
    return new Promise<void>((done) => void clock.after(waitMs, done))
  }

  /** What had been read a lifetime ago goes. By ids that Redis gave: no clock of ours decides. */
  function trimLater(readByNow: string | null) {
    stopTrimming = clock.after(ENTRIES_LIVE_MS, () => {
      const read = place
      if (written && readByNow && writer.isReady) {
        written = readByNow !== read
        write(['XTRIM', stream, 'MINID', after(readByNow)]).catch(onError)
      }
      trimLater(read)
    })
  }

  return {
    forAdapter,
    start(listener) {
      onPlaced = listener
      writer.connect().catch(onError)
      reader.connect().catch(onError)
      begun.resolve()
      trimLater(null)
    },
    renewReader() {
      const old = reader
      reader = newClient()
      place = null
      reader.connect().catch(onError)
      old.destroy()
    },
    async close() {
      closed = true
      begun.resolve()
      stopTrimming()
      if (reader.isOpen) reader.destroy()
      // Lets pending writes finish, unless the connection hangs.
      const deadline = Promise.withResolvers<void>()
      const cancel = clock.after(writeWithinMs, deadline.resolve)
      if (writer.isReady) await Promise.race([writer.close(), deadline.promise])
      cancel()
      if (writer.isOpen) writer.destroy()
    }
  }
}

/** An entry as Redis tells it: names and values of its fields by turns. */
type RawEntry = [id: string, fields: string[]]

function entryOf(fields: string[]): Entry {
  const names = fields.filter((_, place) => place % 2 === 0)
  return Object.fromEntries(names.map((name, place) => [name, fields[place * 2 + 1] ?? '']))
}

const bytesOf = (fields: string[]) => fields.reduce((sum, field) => sum + field.length, 0)

function after(id: string): string {
  const [time = '0', count = '0'] = id.split('-')
  return `${time}-${Number(count) + 1}`
}
