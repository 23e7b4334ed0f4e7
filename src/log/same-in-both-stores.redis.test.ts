// Both stores return the same answers to the same calls, in any order.
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startRedis, type RedisServer } from '../../infra/testing/redis-server.ts'
import { ChatError } from '../errors.ts'
import { LOBBY, newId, type Author, type Cursor, type FormerText, type Message, type RoomChange } from '../contract.ts'
import { formerBytes } from './former-texts.ts'
import { createRedisLog } from './redis/redis-log.ts'
import { openSqliteLog } from './sqlite/sqlite-log.ts'
import type { Change, MessageLog } from './message-log.ts'
import { connectRedis, type RedisClient } from '../redis/connection.ts'
import { authorKey, storedBytes } from './limits.ts'

const LIMIT = 4
/** A room of a few messages: which limit is reached first depends on their texts and names. */
const ROOM_BYTES = 1_050
/** However busy the machine is, an answer is what is compared. */
const WITHIN_MS = 60_000
const HOUR_MS = 60 * 60 * 1000

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

// Few of each, so that they meet.
const ids = fc.integer({ min: 0, max: 12 }).map((n) => `id${n}`.padEnd(22, '_'))
const people = fc.constantFrom<Author>(
  { id: 'ana', name: 'Ana' },
  { id: 'bob', name: 'Bob' },
  { id: null, name: 'Ion' }
)
const words = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', '\ud800', '\0', '1', 'null'))
const common = {
  room: fc.constantFrom(LOBBY, 'garden', 'nowhere'),
  id: ids,
  by: people,
  at: fc.nat(9e12),
  asModerator: fc.boolean()
}
const verb: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ ...common, kind: fc.constant('sent' as const), text: words }) },
  fc.record({ ...common, kind: fc.constant('sent' as const), text: words, replyTo: ids }),
  fc.record({ ...common, kind: fc.constant('edited' as const), message: ids, text: words }),
  fc.record({ ...common, kind: fc.constant('removed' as const), message: ids }),
  fc.record({
    ...common,
    kind: fc.constant('reacted' as const),
    message: ids,
    emoji: fc.constantFrom('👍', '1', '👩‍👩‍👧', 'a', 'b', '"', '/'),
    on: fc.boolean()
  })
)
const settings: fc.Arbitrary<RoomChange> = fc.record(
  {
    title: fc.oneof(words.filter(Boolean), fc.constantFrom('Lobby', 'Garden', 'Gаrden')),
    topic: words,
    slowSeconds: fc.constantFrom(0, 3_600, 5_400),
    readOnly: fc.boolean(),
    archived: fc.constantFrom(false, false, false, true)
  },
  { requiredKeys: [] }
)
type Ask =
  | { ask: 'verb'; change: Change }
  | { ask: 'sync'; back: number; size: number }
  | { ask: 'page'; before: { seq: number } | { id: string } | null; size: number; removed: boolean }
  | { ask: 'wait'; ms: number }
  | { ask: 'settings'; room: string; change: RoomChange }
  | { ask: 'pin'; room: string; message: string; on: boolean }
const asks = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ ask: fc.constant('verb' as const), change: verb }) },
    fc.record({ ask: fc.constant('sync' as const), back: fc.integer({ min: -1, max: 12 }), size: fc.nat(6) }),
    fc.record({
      ask: fc.constant('page' as const),
      before: fc.oneof(fc.constant(null), fc.record({ seq: fc.nat(20) }), fc.record({ id: ids })),
      size: fc.integer({ min: 1, max: 6 }),
      removed: fc.boolean()
    }),
    fc.record({ ask: fc.constant('settings' as const), room: common.room, change: settings }),
    fc.record({ ask: fc.constant('pin' as const), room: common.room, message: ids, on: fc.boolean() }),
    // Short of the age at which records may go: how soon they do is each maker's own.
    fc.record({ ask: fc.constant('wait' as const), ms: fc.constant(HOUR_MS) })
  ),
  { minLength: 20, maxLength: 60, size: 'max' }
)

/** What a log answers, with its own epochs called by their order. */
function listener(log: MessageLog, clock: { now: number }) {
  const seen: Cursor[] = []
  const epochs: string[] = []
  const named = (epoch: string) => {
    if (!epochs.includes(epoch)) epochs.push(epoch)
    return `epoch ${epochs.indexOf(epoch)}`
  }
  const plain = (answer: unknown) =>
    JSON.stringify(answer, (key, value: unknown) => (key === 'epoch' ? named(String(value)) : value))

  async function answer(asked: Ask): Promise<unknown> {
    switch (asked.ask) {
      case 'wait':
        clock.now += asked.ms
        return null
      case 'verb': {
        const kept = await log.append(asked.change)
        if (asked.change.room === LOBBY) seen.push({ epoch: kept.before.epoch, seq: kept.event.seq, id: kept.event.id })
        return { ...kept, event: sorted(kept.event) }
      }
      case 'settings':
        return [await log.changeRoom(asked.room, asked.change), await log.room(asked.room), await log.rooms()].map(
          sorted
        )
      case 'pin':
        return sorted(await log.pin(asked.room, asked.message, asked.on))
      case 'sync': {
        const cursor = asked.back < 0 ? null : (seen.at(-1 - asked.back) ?? null)
        return sorted(await log.sync(LOBBY, cursor, asked.size))
      }
      default:
        return sorted(await log.before(LOBBY, asked.before, asked.size, { removed: asked.removed }))
    }
  }
  return async (asked: Ask) => {
    try {
      return plain(await answer(asked))
    } catch (error) {
      if (error instanceof ChatError) return error.reason
      throw error
    }
  }
}

/** The same value with keys in one order: JSON objects have none. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)])
  )
}

test('SQLite and Redis return the same answers', async () => {
  await fc.assert(
    fc.asyncProperty(asks, async (all) => {
      const clock = { now: 1e12 }
      const now = () => clock.now
      const client = connectRedis(redis.url, { onError() {}, name: 'same' })
      const shared = { client, prefix: newId(), instance: 'same', deadlineMs: WITHIN_MS }
      // Without the work of a start: its timer trims what is beyond the limits, and on a busy machine in between.
      vi.useFakeTimers({ toFake: ['setTimeout'] })
      const makers = [
        await openSqliteLog({ path: ':memory:', historyLimit: LIMIT, roomBytesMax: ROOM_BYTES, now }),
        await createRedisLog({ ...shared, historyLimit: LIMIT, roomBytesMax: ROOM_BYTES, now })
      ]
      vi.useRealTimers()
      try {
        const [inSqlite, inRedis] = makers.map((log, n) => listener(log, n ? { now: 0 } : clock))
        for (const log of makers) await log.createRoom({ id: 'garden', title: 'Garden', by: 'ana', at: 0 }, 5)
        for (const asked of all) expect(await inRedis?.(asked)).toEqual(await inSqlite?.(asked))
        for (const room of [LOBBY, 'garden']) {
          const { messages } = await makers[1]!.before(room, null, 100, { removed: true })
          const texts = (log: MessageLog) =>
            Promise.all(messages.map(async ({ id, removed }) => (removed ? [] : log.former(room, id))))
          const former = await texts(makers[1]!)
          expect(await texts(makers[0]!)).toEqual(former)
          expect(await countedIn(client, shared.prefix, room)).toEqual(sumsOf(messages, former))
        }
      } finally {
        for (const log of makers) await log.close()
      }
    }),
    { numRuns: 60 }
  )
})

/** What Redis has counted: bytes in all, and messages and bytes by author. */
async function countedIn(client: RedisClient, prefix: string, room: string) {
  const flat = await client.sendCommand<string[]>(['HGETALL', `{${prefix}}:room:${room}:sizes`])
  const fields = new Map(flat.flatMap((field, n) => (n % 2 ? [] : [[field, flat[n + 1]]])))
  const total = Number(fields.get('#') ?? 0)
  for (const field of ['#', '@', '~', '!']) fields.delete(field)
  return { total, byAuthor: Object.fromEntries(fields) }
}

function sumsOf(messages: Message[], former: FormerText[][]) {
  const groups = Map.groupBy(messages, ({ by }) => authorKey(by))
  const bytes = new Map(messages.map((message, n) => [message, storedBytes(message) + formerBytes(former[n]!)]))
  const bytesOf = (some: Message[]) => some.reduce((sum, message) => sum + bytes.get(message)!, 0)
  const byAuthor = [...groups].map(([author, some]) => [author, `${some.length} ${bytesOf(some)}`])
  return { total: bytesOf(messages), byAuthor: Object.fromEntries(byAuthor) }
}
