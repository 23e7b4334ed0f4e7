import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LOBBY, newId, type Cursor, type EventList, type RoomEvent, type Sync } from '../contract.ts'
import { openSqliteLog } from './sqlite/sqlite-log.ts'
import type { Appended, MessageLog } from './message-log.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { HOLE_WAITS_MS, LIST_WINDOW_MS, createRoomFeed, type RoomFeed } from './feed.ts'

describe('the tail of a room', () => {
  let log: MessageLog
  let folder: string
  let reads: number
  /** What a copy of the log that lags behind answers instead of it. */
  let slow: Sync | null
  let lists: EventList[]
  let feed: RoomFeed
  const clock = standingClock()

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'taifas-tail-'))
    log = await open()
    reads = 0
    slow = null
    lists = []
    feed = newFeed()
    feed.start((await log.sync(LOBBY, null, 1)).cursor)
  })
  afterEach(async () => {
    feed.close()
    await log.close()
    rmSync(folder, { recursive: true })
  })

  const open = () => openSqliteLog({ path: join(folder, 'log.sqlite'), historyLimit: 1_000 })
  const head = async () => (await log.heads()).get(LOBBY) ?? fail()
  async function copied() {
    await log.close()
    const copy = join(folder, 'copy.sqlite')
    copyFileSync(join(folder, 'log.sqlite'), copy)
    log = await open()
    return copy
  }
  async function setBack(copy: string) {
    await log.close()
    copyFileSync(copy, join(folder, 'log.sqlite'))
    log = await open()
  }

  function newFeed() {
    const counting: MessageLog = {
      ...log,
      sync: (...asked) => {
        reads += 1
        return slow ? Promise.resolve(slow) : log.sync(...asked)
      },
      remind: (...asked) => log.remind(...asked)
    }
    return createRoomFeed({
      room: LOBBY,
      log: counting,
      clock,
      release: (list) => void lists.push(list),
      onError(cause) {
        throw cause
      }
    })
  }
  const said = (text: string) =>
    log.append({ kind: 'sent', room: LOBBY, id: newId(), by: { id: null, name: 'ana' }, at: clock.now(), text })
  const several = (count: number) => Promise.all(Array.from({ length: count }, (_, each) => said(`text ${each}`)))
  const hear = ({ before, event }: Appended) => feed.hear(before, event)
  const released = (): RoomEvent[] => lists.flatMap(({ events }) => events)
  const numbers = () => released().map(({ seq }) => seq)

  it('releases in order and once what comes out of order and doubled', async () => {
    const [one, two, three] = await several(3)
    for (const each of [three, one, three, two, one, two] as Appended[]) hear(each)
    await clock.advance(HOLE_WAITS_MS)
    expect(numbers()).toEqual([1, 2, 3])
    expect(reads).toBe(0)
  })

  it('tells in one list what was kept in one turn', async () => {
    for (const each of await several(5)) hear(each)
    await clock.advance(LIST_WINDOW_MS)
    expect(lists).toHaveLength(1)
    expect(lists[0]?.before.seq).toBe(0)
  })

  it('releases the first event after a quiet period at once, and then one list in each window', async () => {
    const tellOne = async () => {
      for (const each of await several(1)) hear(each)
      await clock.advance(0)
    }
    await tellOne()
    expect(lists).toHaveLength(1)
    for (let each = 0; each < 5; each += 1) await tellOne()
    await clock.advance(LIST_WINDOW_MS - 1)
    expect(lists).toHaveLength(1)
    await clock.advance(1)
    expect(lists.map(({ events }) => events.length)).toEqual([1, 5])
    await clock.advance(LIST_WINDOW_MS)
    await tellOne()
    expect(lists.map(({ before, events }) => [before.seq, events.length])).toEqual([
      [0, 1],
      [1, 5],
      [6, 1]
    ])
  })

  it('releases what waits for its window when it is closed, and nothing afterwards', async () => {
    for (const each of await several(2)) hear(each)
    await clock.advance(0)
    for (const each of await several(2)) hear(each)
    feed.close()
    expect(numbers()).toEqual([1, 2, 3, 4])
    for (const each of await several(1)) hear(each)
    await clock.advance(LIST_WINDOW_MS)
    expect(numbers()).toEqual([1, 2, 3, 4])
  })

  it('waits for a late letter before it asks the log, and asks once', async () => {
    const all = await several(4)
    hear(all[1] as Appended)
    hear(all[3] as Appended)
    await clock.advance(HOLE_WAITS_MS - 1)
    expect(numbers()).toEqual([])
    expect(reads).toBe(0)
    await clock.advance(1)
    expect(numbers()).toEqual([1, 2, 3, 4])
    expect(reads).toBe(1)
  })

  it('finds a lost last letter by the head', async () => {
    await several(3)
    feed.compare(await head(), feed.at ?? fail())
    await clock.advance(LIST_WINDOW_MS)
    expect(numbers()).toEqual([1, 2, 3])
    feed.compare(await head(), feed.at ?? fail())
    await clock.advance(LIST_WINDOW_MS)
    expect(reads).toBe(1)
  })

  it('takes a head that was read before the last events for nothing', async () => {
    const [before, stood] = [await head(), feed.at ?? fail()]
    for (const each of await several(2)) hear(each)
    await clock.advance(LIST_WINDOW_MS)
    feed.compare(before, stood)
    await clock.advance(LIST_WINDOW_MS)
    expect(reads).toBe(0)
    expect(numbers()).toEqual([1, 2])
  })

  it('takes a log that answers with less than was told for a slow copy, as long as that has lost nothing', async () => {
    const before = await head()
    for (const each of await several(2)) hear(each)
    await clock.advance(LIST_WINDOW_MS)
    slow = { kind: 'fresh', cursor: before, messages: [], older: false }
    feed.compare(before, feed.at ?? fail())
    await clock.advance(60_000)
    expect(reads).toBe(1)
    expect(numbers()).toEqual([1, 2])
    expect(await head()).toEqual(feed.at)
  })

  describe('when the log is set back to a copy of it', () => {
    let old: Cursor
    let copy: string
    beforeEach(async () => {
      for (const each of await several(2)) hear(each)
      copy = await copied()
      for (const each of await several(2)) hear(each)
      await clock.advance(LIST_WINDOW_MS)
      old = feed.at ?? fail()
      await setBack(copy)
    })

    it.each([0, 2, 3])(
      'and %i others are said, it becomes another at the first look, and its room starts afresh',
      async (count) => {
        await several(count)
        feed.compare(await head(), old)
        await vi.waitFor(() => expect(lists.at(-1)?.events).toEqual([]))
        const { epoch, seq } = await head()
        expect(epoch).not.toBe(old.epoch)
        expect(seq).toBe(2 + count)
        expect(lists.at(-1)).toEqual({ room: LOBBY, before: await head(), events: [] })
        hear(await said('goes on'))
        await clock.advance(LIST_WINDOW_MS)
        expect(released().at(-1)?.message.text).toBe('goes on')
      }
    )

    it('a letter that tells another event at a known place is enough, and what was heard of the new life is told', async () => {
      const others = await several(3)
      for (const each of others) hear(each)
      await vi.waitFor(async () => {
        await clock.advance(LIST_WINDOW_MS)
        expect(lists.at(-1)?.events).toHaveLength(3)
      })
      const { epoch } = await head()
      expect(epoch).not.toBe(old.epoch)
      expect(lists.at(-2)).toMatchObject({ before: { epoch, seq: 2 }, events: [] })
      expect(lists.at(-1)?.events.map(({ id }) => id)).toEqual(others.map(({ event }) => event.id))
      expect(feed.at).toEqual(await head())
    })
  })

  it('a late letter of a life that the log has lost is let go, after one look at the log', async () => {
    const [one] = await several(1)
    const { before, event } = one as Appended
    hear(one as Appended)
    // It followed another first event than this log's.
    feed.hear({ ...before, seq: 1, id: newId() }, { ...event, seq: 2, id: newId() })
    await clock.advance(60_000)
    expect(numbers()).toEqual([1])
    expect(reads).toBe(1)
    hear(await said('goes on'))
    await clock.advance(LIST_WINDOW_MS)
    expect(numbers()).toEqual([1, 2])
  })

  it('a log that was set back twice to the same copy is followed twice', async () => {
    const copy = await copied()
    for (let life = 0; life < 2; life += 1) {
      for (const each of await several(2)) hear(each)
      await vi.waitFor(async () => expect(feed.at).toEqual(await head()))
      const stood = feed.at ?? fail()
      await setBack(copy)
      feed.compare(await head(), stood)
      await vi.waitFor(async () => expect(feed.at).toEqual(await head()))
      expect(feed.at?.epoch).not.toBe(stood.epoch)
    }
    hear(await said('goes on'))
    await clock.advance(LIST_WINDOW_MS)
    expect(released().at(-1)?.message.text).toBe('goes on')
  })

  it('a slow copy of a log that has become another one isn’t asked without end', async () => {
    for (const each of await several(2)) hear(each)
    const copy = await copied()
    for (const each of await several(2)) hear(each)
    await clock.advance(LIST_WINDOW_MS)
    const stood = feed.at ?? fail()
    await setBack(copy)
    const old = await head()
    slow = { kind: 'fresh', cursor: old, messages: [], older: true }
    feed.compare(old, stood)
    await clock.advance(1_000)
    expect(reads).toBeLessThan(5)
    expect(feed.at).toEqual(await head())
    expect(feed.at?.epoch).not.toBe(old.epoch)
    slow = null
    hear(await said('goes on'))
    await clock.advance(LIST_WINDOW_MS)
    expect(released().at(-1)?.message.text).toBe('goes on')
  })

  it('a letter that contradicts what the log holds is let go', async () => {
    const [one] = await several(1)
    const { before, event } = one as Appended
    hear(one as Appended)
    feed.hear(before, { ...event, id: newId() })
    await clock.advance(60_000)
    expect(reads).toBe(1)
    expect(numbers()).toEqual([1])
    expect(await head()).toEqual(feed.at)
  })

  it('starts afresh, once, when the log is another one, and ignores late letters of the old', async () => {
    const [old] = await several(2)
    hear(old as Appended)
    await clock.advance(LIST_WINDOW_MS)
    const forgotten = await said('never heard')
    await log.close()
    log = await openSqliteLog({ path: ':memory:', historyLimit: 1_000 })
    // The same room in another log: what its tail holds is of an epoch that log never had.
    const at = feed.at ?? fail()
    feed = newFeed()
    feed.start(at)
    const anew = await said('in the new log')
    hear(anew)
    await clock.advance(HOLE_WAITS_MS)
    // What was heard of the other log is told after it, for those who can't ask.
    expect(lists.slice(-2)).toEqual([
      { room: LOBBY, before: anew.before, events: [] },
      { room: LOBBY, before: anew.before, events: [anew.event] }
    ])
    expect(feed.at).toEqual((await log.heads()).get(LOBBY))
    const count = lists.length
    hear(forgotten)
    await clock.advance(60_000)
    expect(lists).toHaveLength(count)
    hear(await said('goes on'))
    await clock.advance(LIST_WINDOW_MS)
    expect(released().at(-1)?.message.text).toBe('goes on')
  })

  it('asks ever more seldom for what the log does not hold', async () => {
    const [one] = await several(1)
    const { before, event } = one as Appended
    feed.hear({ ...before, seq: 8, id: newId() }, { ...event, seq: 9, id: newId() })
    await clock.advance(60_000)
    expect(numbers()).toEqual([1])
    expect(reads).toBeGreaterThan(2)
    expect(reads).toBeLessThan(15)
  })

  it('keeps what it hears before it is told where to begin', async () => {
    const start = (await log.sync(LOBBY, null, 1)).cursor
    feed = newFeed()
    for (const each of await several(2)) hear(each)
    await clock.advance(1_000)
    expect(numbers()).toEqual([])
    feed.start(start)
    await clock.advance(LIST_WINDOW_MS)
    expect(numbers()).toEqual([1, 2])
  })

  it('skips nothing that was heard before it could ask where the log ends', async () => {
    feed = newFeed()
    for (const each of await several(3)) hear(each)
    feed.start(await head())
    await clock.advance(LIST_WINDOW_MS)
    expect(numbers()).toEqual([1, 2, 3])
  })
})

function fail(): never {
  throw new Error('there is none')
}
