// How full Redis is, and how the log frees memory in it.
import { BLOCK_BYTES } from './scripts/sizes.ts'
import { readPlaces } from './replies.ts'
import { everyRoom } from './shrink.ts'
import { ROOM_KEEPS, relieveScript } from './scripts/relieve.ts'
import { largeRoomsScript } from './scripts/rooms.ts'
import type { Ask } from '../../redis/commands.ts'
import type { Run } from '../../redis/scripts.ts'
import { StoreUnavailable } from '../../errors.ts'
import type { Fullness, Pressure, PressureOptions } from '../pressure.ts'

/** Part of `maxmemory`, when no limit is set. The rest is for Redis itself and for presence. */
const PART_OF_MAXMEMORY = 0.8
/** When messages are less than this part, Redis is full of something else, and trimming would lose history for nothing. */
const OURS_FROM_PART = 1 / 8
/** A limit this many times below the memory in use was lowered, perhaps by mistake. Nothing is trimmed for it. */
const LOWERED_TIMES = 2
/** Rooms in which one relief looks for something to do. */
const ROOMS_LOOKED_AT = 20

export interface RedisReliefOptions {
  ask: Ask
  run: Run
  prefix: string
  keys: { heavy: string; weights: string }
  keysOf(room: string): string[]
  /** As largeRoomsScript takes them. */
  sizeKeysOf(room: string): string[]
  storeBytesMax: number | null
  /** Milliseconds since 1970, or '' for Redis' own clock. */
  now(): string
}

export function createRedisRelief(options: RedisReliefOptions): PressureOptions {
  const { ask, run, prefix, keys, keysOf, sizeKeysOf, storeBytesMax, now } = options
  /** Rooms to look at in this round. */
  let rooms: string[] = []
  let lowered = false

  const relieveIn = async (room: string, how: 'author' | 'count' | 'oldest', author = '') =>
    Number(await run(relieveScript, keysOf(room), [room, now(), how, author]))

  return {
    async measure(): Promise<Fullness | null> {
      const info = String(await ask(['INFO', 'memory']))
      const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
      const used = field('used_memory')
      const maxmemory = field('maxmemory')
      const max =
        storeBytesMax === null ? maxmemory * PART_OF_MAXMEMORY : Math.min(storeBytesMax, maxmemory || Infinity)
      lowered = storeBytesMax === null && max > 0 && used > max * LOWERED_TIMES
      return used && max ? { used, max } : null
    },

    async relieve(full, max) {
      if (lowered) return 0
      const [heaviest, all] = await Promise.all([
        ask(['ZREVRANGE', keys.heavy, '0', '0']),
        ask(['ZSCORE', keys.weights, '*'])
      ])
      const pair: unknown = Array.isArray(heaviest) ? heaviest[0] : undefined
      const ours = max === null || Number(all ?? 0) * BLOCK_BYTES >= max * OURS_FROM_PART
      if (typeof pair === 'string' && (ours || full)) {
        const [room = '', author = ''] = pair.split(' ')
        return relieveIn(room, 'author', author)
      }
      // Full of something else, or of messages that an earlier build stored and nobody has counted yet.
      if (rooms.length === 0) rooms = await everyRoom(ask, prefix)
      const some = rooms.splice(-ROOMS_LOOKED_AT)
      const [large, ...counted] = await Promise.all([
        full ? run(largeRoomsScript, some.flatMap(sizeKeysOf), [`${ROOM_KEEPS}`, 'inf']) : [],
        ...some.map((room) => relieveIn(room, 'count'))
      ])
      const room = some[(readPlaces(large)[0] ?? 0) - 1]
      const trimmed = room === undefined ? 0 : await relieveIn(room, 'oldest')
      return counted.reduce((sum, done) => sum + done, trimmed)
    }
  }
}

/**
 * Returns a function that repeats an attempt once when Redis refused it for lack of memory, after some was freed. Until then the
 * sender's later attempts wait, or they would overtake the refused one.
 */
export function repeatWhenRelieved(pressure: Pick<Pressure, 'refused'>) {
  const refused = new Map<string, Promise<void>>()

  return async <T>(sender: string, attempt: () => Promise<T>): Promise<T> => {
    if (refused.has(sender)) await refused.get(sender)
    try {
      return await attempt()
    } catch (cause) {
      // Nothing was stored: Redis refuses the first write when its memory is full.
      if (!isOutOfMemory(cause)) throw cause
      const relieved = refused.get(sender) ?? pressure.refused().finally(() => refused.delete(sender))
      refused.set(sender, relieved)
      await relieved
      return attempt()
    }
  }
}

/** Whether Redis refused because its memory is full. */
const isOutOfMemory = (cause: unknown): boolean =>
  cause instanceof StoreUnavailable && cause.cause instanceof Error && /\bOOM\b/.test(cause.cause.message)
