import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CATCH_UP_MAX_EVENTS, LOBBY, TEXT_MAX_CODE_POINTS, newId, type Cursor, type Sync } from '../contract.ts'
import type { MessageLog } from './message-log.ts'
import { openSqliteLog } from './sqlite/sqlite-log.ts'
import { StoreUnavailable } from '../errors.ts'
import { CACHED_FOR_MS, CACHE_MAX_BYTES, createAnswerCache } from './answer-cache.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { createSharedReads, READS_PER_ROOM_MAX, READ_WAITS_MAX_MS, type SharedReads } from './shared-reads.ts'

describe('shared reads', () => {
  let clock: ReturnType<typeof standingClock>
  let log: MessageLog
  let at: Cursor | null
  let asked: number
  /** What the store does before it answers. */
  let before: () => Promise<void>
  let reads: SharedReads
  beforeEach(async () => {
    clock = standingClock()
    log = await openSqliteLog({ path: ':memory:', historyLimit: 10_000 })
    asked = 0
    before = () => Promise.resolve()
    at = (await log.sync(LOBBY, null, 1)).cursor
    const counting =
      <A extends unknown[], T>(ask: (...given: A) => Promise<T>) =>
      async (...given: A): Promise<T> => {
        asked += 1
        await before()
        return ask(...given)
      }
    const counted = { sync: counting(log.sync), before: counting(log.before), room: counting(log.room) }
    reads = createSharedReads({ log: counted, clock, at: () => at })
  })
  afterEach(() => log.close())

  async function send(text = 'text'): Promise<Cursor> {
    const by = { id: null, name: 'ana' }
    const { event, before } = await log.append({ kind: 'sent', room: LOBBY, id: newId(), by, at: 1, text })
    return { epoch: before.epoch, seq: event.seq, id: event.id }
  }
  async function sendMany(count: number, text?: string): Promise<Cursor[]> {
    const sent = await Promise.all(Array.from({ length: count }, () => send(text)))
    at = sent.at(-1) ?? at
    return sent
  }
  const open = (cursor: Cursor | null, pageSize = 50) => reads.sync(LOBBY, cursor, pageSize)
  const page = (seq: number) => reads.page(LOBBY, { seq }, 50, { removed: true })
  /** A store that answers when it is told to. */
  function standStill() {
    const { promise, resolve } = Promise.withResolvers<void>()
    before = () => promise
    return resolve
  }

  it('a thousand clients that read one page cause one read, and so do those a moment later', async () => {
    await sendMany(5)
    await Promise.all(Array.from({ length: 1_000 }, () => page(4)))
    await page(4)
    expect(asked).toBe(1)
  })

  it('different questions are different reads', async () => {
    const start = at
    await sendMany(1)
    await Promise.all([open(null), open(start), open(start, 10), page(2), page(1)])
    // The fresh start of ten messages is not asked for: the events after `start` answer both page sizes.
    expect(asked).toBe(5)
  })

  it('old cursors that get a fresh answer are one question', async () => {
    const epoch = at?.epoch ?? ''
    const sent = await sendMany(CATCH_UP_MAX_EVENTS + 500)
    const old = sent.slice(0, 400)
    const answers = [await open(null), ...(await Promise.all(old.map((cursor) => open(cursor))))]
    expect(asked).toBe(1)
    expect(answers.every((answer) => answer === answers[0])).toBe(true)
    // Wrong ids at places within reach: each has to be asked, and no two answers are kept.
    await open({ epoch, seq: CATCH_UP_MAX_EVENTS, id: newId() })
    expect(asked).toBe(2)
    expect(await open(null)).toMatchObject({ kind: 'fresh' })
    expect(asked).toBe(2)
  })

  it('cursors of other epochs are read a few at a time, and never answered from an earlier moment', async () => {
    await sendMany(3)
    await open(null)
    const answer = standStill()
    const strangers: Promise<Sync>[] = []
    for (let n = 0; n < 30; n += 1) {
      strangers.push(open({ epoch: `other${n}`, seq: 1, id: newId() }))
      await clock.advance(0)
    }
    expect(asked).toBe(1 + READS_PER_ROOM_MAX)
    answer()
    await Promise.all(strangers)
    expect(asked).toBe(1 + READS_PER_ROOM_MAX + 1)
  })

  it('cursors within one answer share it, and reach the head', async () => {
    const start = at as Cursor
    const sent = await sendMany(60, 'x'.repeat(TEXT_MAX_CODE_POINTS * 4))
    let steps = 0
    for (let cursor = start, more = true; more; steps += 1) {
      const sync = await open(cursor)
      expect(sync.kind).toBe('events')
      cursor = sync.cursor
      more = sync.kind === 'events' && sync.more
    }
    expect(asked).toBe(steps)
    const caughtUp = await Promise.all(sent.map((cursor) => catchUp(cursor)))
    expect(caughtUp.map((events) => events.length)).toEqual(sent.map((_, n) => sent.length - 1 - n))
    // The last events of an answer lead nowhere, so that the next answer is asked for from there.
    expect(asked).toBeLessThan(steps * 2)
    // A crowd that comes back from one place gets one object, which is encoded once.
    const [first] = sent
    expect(await open(first ?? null)).toBe(await open(first ?? null))

    async function catchUp(from: Cursor) {
      const events: number[] = []
      for (let cursor = from, more = true; more;) {
        const sync: Sync = await open(cursor)
        if (sync.kind !== 'events') throw new Error('a fresh start')
        for (const { seq } of sync.events) {
          expect(seq).toBe((events.at(-1) ?? from.seq) + 1)
          events.push(seq)
        }
        ;({ cursor, more } = sync)
      }
      return events
    }
  })

  it('nobody gets an answer from before what they have missed', async () => {
    const start = at
    await open(start)
    at = await send()
    expect((await open(start)).cursor.seq).toBe(1)
    expect(asked).toBe(2)
  })

  it('a page with `now` holds what the feed has not received yet', async () => {
    const newest = (now: boolean) => reads.page(LOBBY, null, 50, { removed: true, now })
    await Promise.all([newest(false), newest(true)])
    // Kept by another instance, whose bus message is still on its way.
    await send('said elsewhere')
    expect((await newest(false)).messages).toEqual([])
    expect((await newest(true)).messages).toMatchObject([{ text: 'said elsewhere' }])
  })

  it('an answer that was read while the room changed is not cached', async () => {
    const answer = standStill()
    const first = open(null)
    await clock.advance(0)
    await sendMany(1)
    answer()
    await first
    await open(null)
    expect(asked).toBe(2)
  })

  it('an answer is forgotten after a moment, and a failure at once', async () => {
    await open(null)
    await clock.advance(CACHED_FOR_MS)
    await open(null)
    expect(asked).toBe(2)
    await clock.advance(CACHED_FOR_MS)
    before = () => Promise.reject(new StoreUnavailable('away'))
    await expect(open(null)).rejects.toThrow(StoreUnavailable)
    before = () => Promise.resolve()
    await open(null)
    expect(asked).toBe(4)
  })

  it('without a feed only a read that has not started is shared', async () => {
    at = null
    const answer = standStill()
    const opened = Array.from({ length: 100 }, () => open(null))
    await clock.advance(0)
    expect(asked).toBe(1)
    const head = await send()
    // It has been said before these ask: what was read earlier is no answer.
    const later = open(null)
    const records = [reads.room(LOBBY), reads.room(LOBBY)]
    answer()
    await Promise.all(opened)
    expect((await later).cursor).toEqual(head)
    for (const record of await Promise.all(records)) expect(record.head).toEqual(head)
  })

  it('a room with many reads in flight delays no other room, and no client waits long', async () => {
    const { room } = await log.room(LOBBY)
    await log.createRoom({ ...room, id: 'other', title: 'Other' }, 9)
    const sent = await sendMany(20)
    const answer = standStill()
    const opened = sent.map((cursor) =>
      open(cursor).then(
        () => 'answered',
        (cause: Error) => cause.name
      )
    )
    void reads.sync('other', null, 50).catch(() => {})
    await clock.advance(0)
    expect(asked).toBe(READS_PER_ROOM_MAX + 1)
    await clock.advance(READ_WAITS_MAX_MS)
    answer()
    const ends = await Promise.all(opened)
    expect(ends.filter((end) => end === 'answered')).toHaveLength(READS_PER_ROOM_MAX)
    expect(ends.filter((end) => end === 'StoreUnavailable')).toHaveLength(20 - READS_PER_ROOM_MAX)
  })
})

describe('the answer cache', () => {
  it('holds no more bytes than allowed, the newest answers, each for a moment', async () => {
    const clock = standingClock()
    const cache = createAnswerCache(clock)
    const at = { epoch: 'e', seq: 1, id: 'i' }
    const message = { id: 'i', seq: 1, rev: 1, at: 1, by: { id: null, name: 'ana' }, text: 'x'.repeat(200_000) }
    for (let n = 0; n < 100; n += 1) cache.store(LOBBY, `${n}`, at, { messages: [message], older: true })
    expect(cache.bytes).toBeLessThanOrEqual(CACHE_MAX_BYTES)
    expect(cache.bytes).toBeGreaterThan(CACHE_MAX_BYTES * 0.9)
    expect([cache.get(LOBBY, '0', at), cache.get(LOBBY, '99', at)]).toMatchObject([null, { older: true }])
    await clock.advance(CACHED_FOR_MS)
    expect(cache.bytes).toBe(0)
  })
})
