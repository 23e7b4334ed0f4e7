import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LOBBY, newId, type EventList, type RoomEvent } from '../contract.ts'
import { openSqliteLog } from '../storage/message-log-sqlite.ts'
import type { Appended, MessageLog } from '../storage/message-log.ts'
import { standingClock } from './clock.ts'
import { HOLE_WAITS_MS, createTail, type Tail } from './tail.ts'

describe('the tail of a room', () => {
  let log: MessageLog
  let reads: number
  let lists: EventList[]
  let tail: Tail
  const clock = standingClock()

  beforeEach(async () => {
    log = await openSqliteLog({ path: ':memory:', historyLimit: 1_000 })
    reads = 0
    lists = []
    tail = newTail()
    tail.start((await log.sync(LOBBY, null, 1)).cursor)
  })
  afterEach(() => log.close())

  function newTail() {
    const counting: MessageLog = {
      ...log,
      sync: (...asked) => {
        reads += 1
        return log.sync(...asked)
      }
    }
    return createTail({
      room: LOBBY,
      log: counting,
      clock,
      release: (list) => void lists.push(list),
      onTrouble(cause) {
        throw cause
      }
    })
  }
  const said = (text: string) =>
    log.append({ kind: 'sent', room: LOBBY, id: newId(), by: { id: null, name: 'ana' }, at: clock.now(), text })
  const several = (count: number) => Promise.all(Array.from({ length: count }, (_, each) => said(`text ${each}`)))
  const hear = ({ before, event }: Appended) => tail.hear(before, event)
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
    await clock.advance(0)
    expect(lists).toHaveLength(1)
    expect(lists[0]?.before.seq).toBe(0)
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
    tail.compare((await log.heads()).get(LOBBY) ?? fail())
    await clock.advance(0)
    expect(numbers()).toEqual([1, 2, 3])
    tail.compare((await log.heads()).get(LOBBY) ?? fail())
    await clock.advance(0)
    expect(reads).toBe(1)
  })

  it('takes a head that is behind for a slow replica, not for a loss', async () => {
    const before = (await log.heads()).get(LOBBY) ?? fail()
    for (const each of await several(2)) hear(each)
    await clock.advance(0)
    tail.compare(before)
    await clock.advance(0)
    expect(reads).toBe(0)
    expect(numbers()).toEqual([1, 2])
  })

  it.each(['behind', 'as far'])('starts afresh when the log lost what was told and is %s', async (how) => {
    for (const each of await several(2)) hear(each)
    await clock.advance(0)
    const { epoch } = tail.at ?? fail()
    // Set back to a copy: the same epoch, and another second event or none.
    const kept = await log.sync(LOBBY, { epoch, seq: 0, id: '' }, 1)
    if (kept.kind !== 'events') fail()
    const head = how === 'behind' ? { epoch, seq: 1, id: kept.events[0]?.id ?? '' } : { epoch, seq: 2, id: newId() }
    log.sync = async () => ({ kind: 'fresh', cursor: head, messages: [], older: true })
    const looks = how === 'behind' ? 2 : 1
    for (let look = 0; look < looks; look += 1) tail.compare(head)
    await clock.advance(0)
    expect(reads).toBe(1)
    expect(lists.at(-1)).toEqual({ room: LOBBY, before: head, events: [] })
    tail.compare(head)
    await clock.advance(0)
    expect(reads).toBe(1)
  })

  it('starts afresh, once, when the log is another one, and ignores late letters of the old', async () => {
    const [old] = await several(2)
    hear(old as Appended)
    await clock.advance(0)
    const forgotten = await said('never heard')
    await log.close()
    log = await openSqliteLog({ path: ':memory:', historyLimit: 1_000 })
    // The same room in another log: what its tail holds is of an epoch that log never had.
    const at = tail.at ?? fail()
    tail = newTail()
    tail.start(at)
    const anew = await said('in the new log')
    hear(anew)
    await clock.advance(HOLE_WAITS_MS)
    // What was heard of the other log is told after it, for those who can't ask.
    expect(lists.slice(-2)).toEqual([
      { room: LOBBY, before: anew.before, events: [] },
      { room: LOBBY, before: anew.before, events: [anew.event] }
    ])
    expect(tail.at).toEqual((await log.heads()).get(LOBBY))
    const count = lists.length
    hear(forgotten)
    await clock.advance(60_000)
    expect(lists).toHaveLength(count)
    hear(await said('goes on'))
    await clock.advance(0)
    expect(released().at(-1)?.message.text).toBe('goes on')
  })

  it('asks ever more seldom for what the log does not hold', async () => {
    const [one] = await several(1)
    const { before, event } = one as Appended
    tail.hear({ ...before, seq: 8, id: newId() }, { ...event, seq: 9, id: newId() })
    await clock.advance(60_000)
    expect(numbers()).toEqual([1])
    expect(reads).toBeGreaterThan(2)
    expect(reads).toBeLessThan(15)
  })

  it('keeps what it hears before it is told where to begin', async () => {
    const start = (await log.sync(LOBBY, null, 1)).cursor
    tail = newTail()
    for (const each of await several(2)) hear(each)
    await clock.advance(1_000)
    expect(numbers()).toEqual([])
    tail.start(start)
    await clock.advance(0)
    expect(numbers()).toEqual([1, 2])
  })

  it('skips nothing that was heard before it could ask where the log ends', async () => {
    tail = newTail()
    for (const each of await several(3)) hear(each)
    tail.start((await log.heads()).get(LOBBY) ?? fail())
    await clock.advance(0)
    expect(numbers()).toEqual([1, 2, 3])
  })
})

function fail(): never {
  throw new Error('there is none')
}
