import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { LOBBY, newId, type Cursor, type EventList, type RoomEvent, type Sync } from '../contract.ts'
import { openSqliteLog } from './sqlite/sqlite-log.ts'
import type { Appended, MessageLog } from './message-log.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { LIST_WINDOW_MS } from './event-lists.ts'
import { GAP_WAITS_MS, createRoomFeed, type RoomFeed } from './feed.ts'
import { createRoomFeeds } from './feeds.ts'

describe('a room feed', () => {
  let log: MessageLog
  let folder: string
  let reads: number
  /** The answer of a copy of the log that lags behind. */
  let slow: Sync | null
  let lists: EventList[]
  let feed: RoomFeed
  const clock = standingClock()

  beforeEach(async () => {
    folder = newFolder()
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
  async function restore(copy: string) {
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
      deliver: (list) => void lists.push(list),
      onError(cause) {
        throw cause
      }
    })
  }
  const send = (text: string) =>
    log.append({ kind: 'sent', room: LOBBY, id: newId(), by: { id: null, name: 'ana' }, at: clock.now(), text })
  const several = (count: number) => Promise.all(Array.from({ length: count }, (_, each) => send(`text ${each}`)))
  const receive = ({ before, event }: Appended) => feed.receive(before, event)
  const delivered = (): RoomEvent[] => lists.flatMap(({ events }) => events)
  const numbers = () => delivered().map(({ seq }) => seq)

  it('a head that was requested during a stall of the store is requested again: more was stored when the stall ended', async () => {
    const feeds = createRoomFeeds({ log, clock, deliver: (list) => void lists.push(list), onError: fail })
    feeds.open(LOBBY)
    feeds.start(LOBBY, await head())
    const [first, second] = (await several(2)) as [Appended, Appended]
    const heads = [first, second].map(({ event: { seq, id }, before: { epoch } }) => ({ epoch, seq, id }))
    const readHead = vi.fn(async () => {
      if (heads.length === 2) await new Promise<void>((done) => void clock.after(1_000, done))
      return heads.shift() ?? fail()
    })
    const reached = vi.fn()
    feeds.receive(LOBBY, first.before, first.event)
    void feeds.reach(LOBBY, readHead, 10_000).then(reached)
    await clock.advance(1_600)
    expect(reached).not.toHaveBeenCalled()
    feeds.receive(LOBBY, second.before, second.event)
    await clock.advance(40)
    expect([reached.mock.calls.length, readHead.mock.calls.length, numbers()]).toEqual([1, 2, [1, 2]])
    feeds.close()
  })

  it('delivers in order and once, whatever the order and number of arrivals', async () => {
    const [one, two, three] = await several(3)
    for (const each of [three, one, three, two, one, two] as Appended[]) receive(each)
    await clock.advance(GAP_WAITS_MS)
    expect(numbers()).toEqual([1, 2, 3])
    expect(reads).toBe(0)
  })

  it('delivers events of one commit in one list', async () => {
    for (const each of await several(5)) receive(each)
    await clock.advance(LIST_WINDOW_MS)
    expect(lists).toHaveLength(1)
    expect(lists[0]?.before.seq).toBe(0)
  })

  it('delivers the first event after a quiet period at once, and then one list per window', async () => {
    const sendOne = async () => {
      for (const each of await several(1)) receive(each)
      await clock.advance(0)
    }
    await sendOne()
    expect(lists).toHaveLength(1)
    for (let each = 0; each < 5; each += 1) await sendOne()
    await clock.advance(LIST_WINDOW_MS - 1)
    expect(lists).toHaveLength(1)
    await clock.advance(1)
    expect(lists.map(({ events }) => events.length)).toEqual([1, 5])
    await clock.advance(LIST_WINDOW_MS)
    await sendOne()
    expect(lists.map(({ before, events }) => [before.seq, events.length])).toEqual([
      [0, 1],
      [1, 5],
      [6, 1]
    ])
  })

  it('delivers what waits for its window when it is closed, and nothing afterwards', async () => {
    for (const each of await several(2)) receive(each)
    await clock.advance(0)
    for (const each of await several(2)) receive(each)
    feed.close()
    expect(numbers()).toEqual([1, 2, 3, 4])
    for (const each of await several(1)) receive(each)
    await clock.advance(LIST_WINDOW_MS)
    expect(numbers()).toEqual([1, 2, 3, 4])
  })

  it('waits for a late bus message before it reads the log, and reads once', async () => {
    const all = await several(4)
    receive(all[1] as Appended)
    receive(all[3] as Appended)
    await clock.advance(GAP_WAITS_MS - 1)
    expect(numbers()).toEqual([])
    expect(reads).toBe(0)
    await clock.advance(1)
    expect(numbers()).toEqual([1, 2, 3, 4])
    expect(reads).toBe(1)
  })

  it('finds a lost last bus message by comparing with the head', async () => {
    await several(3)
    feed.compare(await head(), feed.at ?? fail())
    await clock.advance(LIST_WINDOW_MS)
    expect(numbers()).toEqual([1, 2, 3])
    feed.compare(await head(), feed.at ?? fail())
    await clock.advance(LIST_WINDOW_MS)
    expect(reads).toBe(1)
  })

  it('ignores a head that was read before the last events', async () => {
    const [before, then] = [await head(), feed.at ?? fail()]
    for (const each of await several(2)) receive(each)
    await clock.advance(LIST_WINDOW_MS)
    feed.compare(before, then)
    await clock.advance(LIST_WINDOW_MS)
    expect(reads).toBe(0)
    expect(numbers()).toEqual([1, 2])
  })

  it('does not go back when a slow copy of the log answers with less than was delivered', async () => {
    const before = await head()
    for (const each of await several(2)) receive(each)
    await clock.advance(LIST_WINDOW_MS)
    slow = { kind: 'fresh', cursor: before, messages: [], older: false }
    feed.compare(before, feed.at ?? fail())
    await clock.advance(60_000)
    expect(reads).toBe(1)
    expect(numbers()).toEqual([1, 2])
    expect(await head()).toEqual(feed.at)
  })

  describe('when the log is restored from a copy', () => {
    let old: Cursor
    let copy: string
    beforeEach(async () => {
      for (const each of await several(2)) receive(each)
      copy = await copied()
      for (const each of await several(2)) receive(each)
      await clock.advance(LIST_WINDOW_MS)
      old = feed.at ?? fail()
      await restore(copy)
    })

    it.each([0, 2, 3])(
      'and %i other messages follow, the first comparison gives it a new epoch, and the room continues there',
      async (count) => {
        await several(count)
        feed.compare(await head(), old)
        await vi.waitFor(() => expect(lists.at(-1)?.events).toEqual([]))
        const { epoch, seq } = await head()
        expect(epoch).not.toBe(old.epoch)
        expect(seq).toBe(2 + count)
        expect(lists.at(-1)).toEqual({ room: LOBBY, before: await head(), events: [] })
        receive(await send('goes on'))
        await clock.advance(LIST_WINDOW_MS)
        expect(delivered().at(-1)?.message.text).toBe('goes on')
      }
    )

    it('a bus message with another event at a known place is enough, and events of the new epoch are delivered', async () => {
      const others = await several(3)
      for (const each of others) receive(each)
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

  it('drops a late bus message of lost events after one read of the log', async () => {
    const [one] = await several(1)
    const { before, event } = one as Appended
    receive(one as Appended)
    // It followed another first event.
    feed.receive({ ...before, seq: 1, id: newId() }, { ...event, seq: 2, id: newId() })
    await clock.advance(60_000)
    expect(numbers()).toEqual([1])
    expect(reads).toBe(1)
    receive(await send('goes on'))
    await clock.advance(LIST_WINDOW_MS)
    expect(numbers()).toEqual([1, 2])
  })

  it('follows a log that is restored twice from the same copy', async () => {
    const copy = await copied()
    for (let life = 0; life < 2; life += 1) {
      for (const each of await several(2)) receive(each)
      await vi.waitFor(async () => expect(feed.at).toEqual(await head()))
      const then = feed.at ?? fail()
      await restore(copy)
      feed.compare(await head(), then)
      await vi.waitFor(async () => expect(feed.at).toEqual(await head()))
      expect(feed.at?.epoch).not.toBe(then.epoch)
    }
    receive(await send('goes on'))
    await clock.advance(LIST_WINDOW_MS)
    expect(delivered().at(-1)?.message.text).toBe('goes on')
  })

  it('does not read a slow copy of a log with a new epoch endlessly', async () => {
    for (const each of await several(2)) receive(each)
    const copy = await copied()
    for (const each of await several(2)) receive(each)
    await clock.advance(LIST_WINDOW_MS)
    const then = feed.at ?? fail()
    await restore(copy)
    const old = await head()
    slow = { kind: 'fresh', cursor: old, messages: [], older: true }
    feed.compare(old, then)
    await clock.advance(1_000)
    expect(reads).toBeLessThan(5)
    expect(feed.at).toEqual(await head())
    expect(feed.at?.epoch).not.toBe(old.epoch)
    slow = null
    receive(await send('goes on'))
    await clock.advance(LIST_WINDOW_MS)
    expect(delivered().at(-1)?.message.text).toBe('goes on')
  })

  it('drops a bus message that contradicts the log', async () => {
    const [one] = await several(1)
    const { before, event } = one as Appended
    receive(one as Appended)
    feed.receive(before, { ...event, id: newId() })
    await clock.advance(60_000)
    expect(reads).toBe(1)
    expect(numbers()).toEqual([1])
    expect(await head()).toEqual(feed.at)
  })

  it('continues once in a log of another epoch, and ignores late bus messages of the old one', async () => {
    const [old] = await several(2)
    receive(old as Appended)
    await clock.advance(LIST_WINDOW_MS)
    const forgotten = await send('never heard')
    await log.close()
    log = await openSqliteLog({ path: ':memory:', historyLimit: 1_000 })
    // The same room in another log, which never had the feed's epoch.
    const at = feed.at ?? fail()
    feed = newFeed()
    feed.start(at)
    const anew = await send('in the new log')
    receive(anew)
    await clock.advance(GAP_WAITS_MS)
    // Events of the other log are delivered after it, for clients that can't read the log.
    expect(lists.slice(-2)).toEqual([
      { room: LOBBY, before: anew.before, events: [] },
      { room: LOBBY, before: anew.before, events: [anew.event] }
    ])
    expect(feed.at).toEqual((await log.heads()).get(LOBBY))
    const count = lists.length
    receive(forgotten)
    await clock.advance(60_000)
    expect(lists).toHaveLength(count)
    receive(await send('goes on'))
    await clock.advance(LIST_WINDOW_MS)
    expect(delivered().at(-1)?.message.text).toBe('goes on')
  })

  it('reads less and less often for an event that the log does not hold', async () => {
    const [one] = await several(1)
    const { before, event } = one as Appended
    feed.receive({ ...before, seq: 8, id: newId() }, { ...event, seq: 9, id: newId() })
    await clock.advance(60_000)
    expect(numbers()).toEqual([1])
    expect(reads).toBeGreaterThan(2)
    expect(reads).toBeLessThan(15)
  })

  it('keeps events that arrive before it starts', async () => {
    const start = (await log.sync(LOBBY, null, 1)).cursor
    feed = newFeed()
    for (const each of await several(2)) receive(each)
    await clock.advance(1_000)
    expect(numbers()).toEqual([])
    feed.start(start)
    await clock.advance(LIST_WINDOW_MS)
    expect(numbers()).toEqual([1, 2])
  })

  it('skips no event that arrived before it knew the head', async () => {
    feed = newFeed()
    for (const each of await several(3)) receive(each)
    feed.start(await head())
    await clock.advance(LIST_WINDOW_MS)
    expect(numbers()).toEqual([1, 2, 3])
  })
})

function fail(): never {
  throw new Error('there is none')
}
