// The Redis client for the stock Streams adapter, which can go silent, spin or end the process: its reader starts at "$" and misses
// entries before its first read, it has no backoff, it reads an entry that it cannot apply forever, and it does not await its calls.
// Instead of a fork, this client keeps it out of those states. The adapter only writes. Entries go to `onEntry` and never to the
// adapter, which would apply a broadcast or a disconnect from anyone who can write to this Redis.
import { RedisClient } from 'redis'
import { backoffMs, jittered } from '../backoff.ts'
import type { Cancel, Clock } from '../clock.ts'
import { StoreUnavailable } from '../errors.ts'
import { createAsk } from '../redis/commands.ts'
import { reconnectIn } from '../redis/connection.ts'
import { asStoreError } from '../redis/errors.ts'
import { createByteWindow } from './byte-window.ts'
import type { Entry } from './entries.ts'
import { bytesOf, entryOf, isAfter, nextId, readPushedEntry, type RawEntry } from './raw-entries.ts'

/** An idle instance sends one command in this time, and hosted Redis counts every command. Longer reads may look like dead connections. */
export const BLOCK_MS = 120_000
/** How long entries stay in the stream: long enough for any reader. */
const ENTRIES_LIVE_MS = 60_000
/** Waits between reads that fail. */
const READ_BACKOFF = { minMs: 200, maxMs: 2_000 }
/** A write that Redis has not answered by then is given up: a bus message that late is of no use. */
const WRITE_WITHIN_MS = 3_000
/** Most entries in the stream, and most bytes of their fields, when they arrive faster than they expire. */
const STREAM_MAX_ENTRIES = 10_000
export const STREAM_MAX_BYTES = 16_000_000

export interface StreamClient {
  /** The adapter's client. Its reads return nothing, its writes never reject, and it publishes nothing. */
  forAdapter: object
  /**
   * Which entries may stay when the next is written, as XADD takes it: those that were not read long ago, and fewer when the
   * stream would be too large.
   */
  trim(): readonly [strategy: string, threshold: string]
  /** Connects. `onPositioned`: the reader has a position, so it will read whatever is written from now on. */
  start(onPositioned: () => void): void
  /** Sends a text to all that subscribe. How many those were; 0 without an answer, and then perhaps some. */
  publish(text: string): Promise<number>
  /** The old connection may hang. */
  renewSubscriber(): void
  /** Starts a new reader at the stream's end: the old connection may hang, or the stream may have restarted below its position. */
  renewReader(): void
  close(): Promise<void>
}

export function createStreamClient(options: {
  url: string
  stream: string
  clock: Clock
  /** Receives every entry in the order of the stream. Must not throw. */
  onEntry(entry: Entry): void
  /** Receives what `publish` sends. Must not throw. */
  onPush(text: string): void
  /** Receives an entry that is not read yet. Returns false to receive it when it is. Must not throw. */
  onEarlyEntry(entry: Entry): boolean
  onError(cause: unknown): void
  writeWithinMs?: number
}): StreamClient {
  const { url, stream, clock, onEntry, onPush, onEarlyEntry, onError, writeWithinMs = WRITE_WITHIN_MS } = options
  const window = createByteWindow({ maxEntries: STREAM_MAX_ENTRIES, maxBytes: STREAM_MAX_BYTES })
  /** The adapter's own id, in the entries it writes. */
  let writes: string | null = null
  const writer = newClient()
  // Replaces a writer that hangs. The reader has no deadline, because it waits for minutes; own messages that do not
  // come back show that it hangs.
  const write = createAsk(writer, writeWithinMs)
  let reader = newClient()
  let subscriber = newClient()
  const started = Promise.withResolvers<void>()
  let onPositioned = () => {}
  let closed = false
  /** Id of the last entry read; null until the stream's end is known. */
  let position: string | null = null
  /** Id of the last entry that had been read a lifetime ago. */
  let readLongAgo: string | null = null
  let entriesLately = 0
  /** Ids of entries that were received before they are read. */
  const early = new Set<string>()
  let hasWritten = false
  let failedReads = 0
  let stopTrimming: Cancel = () => {}

  function newClient() {
    const client = new RedisClient({
      url,
      RESP: 2,
      disableClientInfo: true,
      socket: {
        keepAlive: true,
        // Never gives up: a client that did would make the adapter's loop spin.
        reconnectStrategy: reconnectIn
      }
    })
    client.on('error', onError)
    return client
  }

  /** An outage is reported by the connections, and by the stores whose calls it fails: what it does to each entry is no news. */
  function report(cause: unknown) {
    if (!(asStoreError(cause) instanceof StoreUnavailable)) onError(cause)
  }

  const forAdapter = {
    // The adapter recognizes the package by this method.
    sSubscribe() {},
    on() {},
    connect: async () => {},
    disconnect() {},
    duplicate: () => forAdapter,
    // Nothing of the adapter's depends on PUBLISH, which hosted Redis may not carry between its replicas.
    subscribe: async () => {},
    publish: async () => 0,
    sendCommand: async () => [],
    async xAdd(key: string, id: string, entry: Entry) {
      try {
        writes = entry['uid'] ?? null
        const fields = Object.entries(entry).flat()
        noteEntry(fields)
        const [strategy, threshold] = trim()
        return await write(['XADD', key, strategy, '~', threshold, id, ...fields])
      } catch (cause) {
        report(cause)
        return ''
      }
    },
    async xRead(_streams: unknown, { BLOCK, COUNT }: { BLOCK: number; COUNT: number }) {
      await started.promise
      for (;;) {
        // The adapter asks again at once, even after `close`.
        if (closed) return new Promise<never>(() => {})
        try {
          await read(BLOCK, COUNT)
          return null
        } catch (cause) {
          if (!closed) report(cause)
          await pause()
        }
      }
    }
  }

  async function read(block: number, count: number) {
    if (position === null) {
      // Reading from a concrete id misses no entry; reading from "$" misses those between two reads.
      const [newest] = await reader.sendCommand<RawEntry[]>(['XREVRANGE', stream, '+', '-', 'COUNT', '1'])
      position = newest?.[0] ?? '0-0'
      onPositioned()
    }
    const command = ['XREAD', 'COUNT', `${count}`, 'BLOCK', `${block}`, 'STREAMS', stream, position]
    const reply = await reader.sendCommand<[stream: string, entries: RawEntry[]][] | null>(command)
    failedReads = 0
    for (const [id, fields] of reply?.[0]?.[1] ?? []) {
      position = id
      const entry = entryOf(fields)
      if (writes === null || entry['uid'] !== writes) noteEntry(fields)
      if (!early.delete(id)) onEntry(entry)
    }
    for (const id of early) if (!isAfter(id, position)) early.delete(id)
  }

  function pause() {
    const waitMs = jittered(backoffMs(failedReads, READ_BACKOFF))
    failedReads += 1
    return new Promise<void>((done) => void clock.after(waitMs, done))
  }

  /** What an instance publishes, or an entry that the append script has written while readers may be on their way back. */
  function onPublished(text: string) {
    if (!text.startsWith('[')) return onPush(text)
    const [id, fields] = readPushedEntry(text)
    if (position === null || !isAfter(id, position) || early.has(id) || early.size >= STREAM_MAX_ENTRIES) return
    if (onEarlyEntry(entryOf(fields))) early.add(id)
  }

  function subscribe() {
    const client = subscriber
    // The client would send what it has been asked before twice, and lose count of the answers.
    const subscribed = client.connect().then(() => client.subscribe(stream, onPublished))
    subscribed.catch((cause: unknown) => client === subscriber && !closed && report(cause))
  }

  /** Then which entries stay depends on their number. */
  const isFlooded = () => entriesLately > STREAM_MAX_ENTRIES / 2

  function noteEntry(fields: string[]) {
    window.add(bytesOf(fields))
    entriesLately += 1
    if (isFlooded()) readLongAgo = null
  }

  /** It uses ids from Redis, so no clock of an instance matters. */
  function trim(): readonly [string, string] {
    hasWritten = true
    if (readLongAgo === null || window.entries < STREAM_MAX_ENTRIES) return ['MAXLEN', `${window.entries}`]
    return ['MINID', nextId(readLongAgo)]
  }

  /** While entries are written, they trim. The last ones before a pause are removed here. */
  function trimLater(readByNow: string | null) {
    stopTrimming = clock.after(ENTRIES_LIVE_MS, () => {
      readLongAgo = isFlooded() ? null : readByNow
      entriesLately = 0
      if (hasWritten && readByNow !== null && readByNow === position && writer.isReady) {
        hasWritten = false
        write(['XTRIM', stream, 'MINID', nextId(readByNow)]).catch(report)
      }
      trimLater(position)
    })
  }

  return {
    forAdapter,
    trim,
    publish: async (text) => Number(await write(['PUBLISH', stream, text]).catch(() => 0)),
    renewSubscriber() {
      const old = subscriber
      subscriber = newClient()
      subscribe()
      old.destroy()
    },
    start(listener) {
      onPositioned = listener
      writer.connect().catch(onError)
      reader.connect().catch(onError)
      subscribe()
      started.resolve()
      trimLater(null)
    },
    renewReader() {
      const old = reader
      reader = newClient()
      position = null
      reader.connect().catch(onError)
      old.destroy()
    },
    async close() {
      closed = true
      started.resolve()
      stopTrimming()
      for (const one of [reader, subscriber]) if (one.isOpen) one.destroy()
      // Lets pending writes finish, unless the connection hangs.
      const deadline = Promise.withResolvers<void>()
      const cancel = clock.after(writeWithinMs, deadline.resolve)
      if (writer.isReady) await Promise.race([writer.close(), deadline.promise])
      cancel()
      if (writer.isOpen) writer.destroy()
    }
  }
}
