import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Answers, Present, Reply, Sync } from '../../src/contract.ts'
import type { Ask } from './socket.ts'
import { cursorAt, listOf, posted } from '../state/page.fixture.ts'
import { openRoom } from './room-sync.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const HOLE_WAIT_MS = 500
const totals = { count: 0, about: false, regions: {} }
const lobby = { id: 'lobby', title: 'Lobby', by: null, at: 0 }
const person = (name: string): Present => ({ key: name, name, guest: false, region: 'waw' })

/** A room whose server is asked and answers by hand. */
function setUp() {
  const asked: { event: string; payload: unknown }[] = []
  const answers: ((reply: Reply<never>) => void)[] = []
  const ask = ((event: string, payload: unknown) => {
    asked.push({ event, payload })
    return new Promise((answer) => answers.push(answer))
  }) as Ask
  const room = openRoom('lobby', ask, () => 'me', { moved() {} })
  async function answer(reply: Reply<unknown>) {
    answers.shift()!(reply as Reply<never>)
    await vi.advanceTimersByTimeAsync(0)
  }
  return {
    room,
    asked,
    answers,
    answer,
    sync: (sync: Sync) =>
      answer({
        ok: true,
        value: { sync, room: lobby, people: { ...totals, people: [] } } satisfies Answers['room:open']
      }),
    seqs: () => room.log.value?.messages.map((message) => message.seq)
  }
}
const fresh = (to: number, epoch?: string): Extract<Sync, { kind: 'fresh' }> => ({
  kind: 'fresh',
  cursor: cursorAt(to, epoch),
  messages: Array.from({ length: to }, (_, place) => posted(place + 1)),
  older: false
})
const events = (from: number, to: number, more = false): Sync => ({
  kind: 'events',
  cursor: cursorAt(to),
  events: listOf(from, to).events,
  more
})

test('the first request has no cursor; later ones send it', async () => {
  const { room, asked, sync } = setUp()
  void room.catchUp()
  await sync(fresh(3))
  void room.catchUp()
  expect(asked.map(({ payload }) => payload)).toEqual([{ room: 'lobby' }, { room: 'lobby', cursor: cursorAt(3) }])
})

test('the present name of a person is the one of their newest message, and of a former member there is none', async () => {
  const { room, sync } = setUp()
  void room.catchUp()
  const given = fresh(3)
  const by = [
    { id: 'bo', name: 'Bo' },
    { id: 'bo', name: 'Bożena' },
    { id: 'ana', name: '' }
  ]
  await sync({ ...given, messages: given.messages.map((one, n) => ({ ...one, by: by[n]! })) })
  expect(['bo', 'ana'].map(room.nameOf)).toEqual(['Bożena', undefined])
})

test('a person who joins during the request is not lost, whether the answer is older or newer', async () => {
  const { room, answer } = setUp()
  const here = (...names: string[]) => ({
    ok: true as const,
    value: {
      sync: fresh(1),
      room: lobby,
      people: { ...totals, count: names.length, people: names.map(person) }
    } satisfies Answers['room:open']
  })
  const came = (name: string, count: number) => ({
    joined: [person(name)],
    left: [],
    totals: { ...totals, count }
  })
  void room.catchUp()
  room.peopleChanged(came('Bo', 2))
  await answer(here('Ana'))
  expect(room.people.value).toMatchObject({ count: 2, people: [{ key: 'Ana' }, { key: 'Bo' }] })
  void room.catchUp()
  room.peopleChanged(came('Cy', 3))
  await answer(here('Ana', 'Bo', 'Cy', 'Dan'))
  expect(room.people.value).toMatchObject({ count: 4, people: { length: 4 } })
})

test('a room is up to date only while connected, answered and without a hole', async () => {
  const { room, sync } = setUp()
  const states: boolean[] = []
  const look = () => states.push(room.upToDate.value)
  look()
  void room.catchUp()
  look()
  await sync(fresh(3))
  look()
  room.events(listOf(5))
  look()
  room.events(listOf(4))
  look()
  room.offline()
  look()
  expect(states).toEqual([false, false, true, false, true, false])
})

test('a long absence takes several answers', async () => {
  const { room, asked, sync, seqs } = setUp()
  void room.catchUp()
  await sync(fresh(2))
  void room.catchUp()
  await sync(events(3, 4, true))
  await sync(events(5, 6))
  expect(seqs()).toEqual([1, 2, 3, 4, 5, 6])
  expect(asked).toHaveLength(3)
})

test('events before the first answer are not lost', async () => {
  const { room, sync, seqs } = setUp()
  void room.catchUp()
  room.events(listOf(3))
  room.events(listOf(4))
  await sync(fresh(3))
  expect(seqs()).toEqual([1, 2, 3, 4])
})

test('events during a repair are shown at once, and survive an older fresh answer', async () => {
  const { room, sync, seqs } = setUp()
  void room.catchUp()
  await sync(fresh(2))
  void room.catchUp()
  room.events(listOf(3, 4))
  expect(seqs()).toEqual([1, 2, 3, 4])
  await sync(fresh(3))
  expect(seqs()).toEqual([1, 2, 3, 4])
})

test('a hole waits a little; when it closes, nothing is requested', async () => {
  const { room, asked, sync, seqs } = setUp()
  void room.catchUp()
  await sync(fresh(2))
  room.events(listOf(4))
  room.events(listOf(3))
  expect(seqs()).toEqual([1, 2, 3, 4])
  await vi.advanceTimersByTimeAsync(HOLE_WAIT_MS * 2)
  expect(asked).toHaveLength(1)
})

test('a hole that stays is requested from the cursor', async () => {
  const { room, asked, sync, seqs } = setUp()
  void room.catchUp()
  await sync(fresh(2))
  room.events(listOf(5))
  await vi.advanceTimersByTimeAsync(HOLE_WAIT_MS)
  expect(asked.at(-1)?.payload).toEqual({ room: 'lobby', cursor: cursorAt(2) })
  await sync(events(3, 5))
  expect(seqs()).toEqual([1, 2, 3, 4, 5])
})

test('a receipt whose event does not come is a hole too', async () => {
  const { room, asked, sync } = setUp()
  void room.catchUp()
  await sync(fresh(2))
  room.expect(3)
  room.expect(2)
  await vi.advanceTimersByTimeAsync(HOLE_WAIT_MS)
  expect(asked).toHaveLength(2)
})

test('another epoch is requested at once, and the person is told that the history was replaced', async () => {
  const { room, asked, sync, seqs } = setUp()
  void room.catchUp()
  await sync(fresh(5))
  room.events(listOf(1, 1, 'epoch-two'))
  expect(asked).toHaveLength(2)
  await sync(fresh(1, 'epoch-two'))
  expect(seqs()).toEqual([1])
  expect(room.notices.value.map((notice) => notice.kind)).toEqual(['history-replaced'])
})

test('a request without an answer is repeated until the connection ends', async () => {
  const { room, asked, answer } = setUp()
  void room.catchUp()
  await answer({ ok: false, reason: 'unavailable' })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(asked).toHaveLength(2)
  await answer({ ok: false, reason: 'unavailable' })
  room.offline()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toHaveLength(2)
})

test('an answer from an earlier connection changes nothing', async () => {
  const { room, sync, seqs } = setUp()
  void room.catchUp()
  room.offline()
  await sync(fresh(5))
  expect(seqs()).toBeUndefined()
})

test('a missing room is refused', async () => {
  const { room, answer, asked } = setUp()
  void room.catchUp()
  await answer({ ok: false, reason: 'no-room' })
  await vi.advanceTimersByTimeAsync(60_000)
  expect([room.refused.value, asked.length]).toEqual(['no-room', 1])
})

test('a fault of the server is shown at the second time in a row, and no longer once the room can be read', async () => {
  const { room, answer, asked, sync, seqs } = setUp()
  void room.catchUp()
  await sync(fresh(2))
  void room.catchUp()
  const shown: unknown[] = []
  for (let n = 0; n < 3; n += 1) {
    await answer({ ok: false, reason: 'fault' })
    shown.push(room.refused.value)
    await vi.advanceTimersByTimeAsync(6_000)
  }
  expect([shown, seqs(), asked.length]).toEqual([[null, 'fault', 'fault'], [1, 2], 5])
  await sync(events(3, 3))
  expect([room.refused.value, seqs()]).toEqual([null, [1, 2, 3]])
})

test('one older page is read at a time and put before the rest', async () => {
  const { room, asked, answer, sync, seqs } = setUp()
  void room.catchUp()
  await sync({ kind: 'fresh', cursor: cursorAt(5), messages: [posted(4), posted(5)], older: true })
  void room.before()
  void room.before()
  expect(asked).toHaveLength(2)
  expect(asked.at(-1)?.payload).toEqual({ room: 'lobby', before: 4 })
  await answer({ ok: true, value: { messages: [posted(3)], older: true } })
  expect(seqs()).toEqual([3, 4, 5])
})

test('a page of a replaced history is dropped', async () => {
  const { room, answers, sync, seqs } = setUp()
  void room.catchUp()
  await sync({ kind: 'fresh', cursor: cursorAt(5), messages: [posted(5)], older: true })
  void room.before()
  const answerPage = answers.shift()!
  void room.catchUp()
  await sync(fresh(2, 'epoch-two'))
  answerPage({ ok: true, value: { messages: [posted(4)], older: true } as never })
  await vi.advanceTimersByTimeAsync(0)
  expect(seqs()).toEqual([1, 2])
})

test('joins, new names and leaves of others make rows; those of oneself do not', async () => {
  const { room, sync } = setUp()
  void room.catchUp()
  await sync(fresh(1))
  room.peopleChanged({ joined: [person('Ana'), person('me')], left: [], totals: { ...totals, count: 2 } })
  expect(room.people.value).toMatchObject({ count: 2, people: [{ name: 'Ana' }, { name: 'me' }] })
  room.peopleChanged({ joined: [], left: [person('Ana'), person('me')], totals: { ...totals, count: 0 } })
  expect(room.people.value?.people).toEqual([])
  expect(
    room.notices.value.map((row) =>
      'people' in row ? `${row.kind} ${row.people.map(({ name }) => name).join(' ')}` : ''
    )
  ).toEqual(['people.joined Ana', 'people.left Ana'])
})

test('a person who turns idle or changes regions is updated without a row', async () => {
  const { room, sync } = setUp()
  void room.catchUp()
  await sync(fresh(1))
  room.peopleChanged({ joined: [person('Ana'), person('Bo')], left: [], totals: { ...totals, count: 2 } })
  const noticed = room.notices.value.length
  const idle = { ...person('Ana'), idleSince: 60_000, region: 'ord' }
  const changed = [idle, person('Nobody')]
  room.peopleChanged({ joined: [], left: [], changed, totals: { ...totals, count: 2, regions: { ord: 1, waw: 1 } } })
  expect(room.people.value).toMatchObject({ count: 2, regions: { ord: 1, waw: 1 }, people: [idle, person('Bo')] })
  expect(room.people.value?.people).toHaveLength(2)
  expect(room.notices.value).toHaveLength(noticed)
})

test('a late change that the list already contains makes no row', async () => {
  const { room, answer } = setUp()
  void room.catchUp()
  const people = { ...totals, count: 2, people: [person('Ana'), person('Bo')] }
  await answer({ ok: true, value: { sync: fresh(1), room: lobby, people } satisfies Answers['room:open'] })
  room.peopleChanged({ joined: [person('Ana')], left: [person('Cy')], totals: { ...totals, count: 2 } })
  expect([room.people.value?.people.length, room.notices.value]).toEqual([2, []])
  // A person with another name is news; in a crowd, of which not all are listed, so is a person who leaves.
  room.peopleChanged({
    joined: [{ ...person('Ana'), name: 'Anna' }],
    left: [person('Ana')],
    totals: { ...totals, count: 300 }
  })
  room.peopleChanged({ joined: [], left: [person('Dee')], totals: { ...totals, count: 299 } })
  expect(room.notices.value.map((row) => 'people' in row && row.people.map(({ name }) => name))).toEqual([
    ['Anna'],
    ['Ana', 'Dee']
  ])
})

test('after a restart of the server those who were here return without a row; a person who left, or is back later, comes in', async () => {
  const { room, answer } = setUp()
  const open = (names: string[]) => {
    void room.catchUp()
    const people = { ...totals, count: names.length, people: names.map(person) }
    return answer({ ok: true, value: { sync: fresh(1), room: lobby, people } satisfies Answers['room:open'] })
  }
  const change = (joined: string[], left: string[]) =>
    room.peopleChanged({ joined: joined.map(person), left: left.map(person), totals })
  const rows = () =>
    room.notices.value.map((row) => ('people' in row ? [row.kind, ...row.people.map(({ name }) => name)] : []))

  await open(['Ana', 'Bo', 'Cy'])
  room.offline()
  await open([])
  change(['Ana'], [])
  // Once more, before all of them are back.
  room.offline()
  await open(['Ana'])
  change(['Bo', 'Dee'], [])
  expect(rows()).toEqual([['people.joined', 'Dee']])
  change([], ['Bo'])
  change(['Bo'], [])
  await vi.advanceTimersByTimeAsync(21_000)
  change(['Cy'], [])
  expect(rows()).toEqual([
    ['people.joined', 'Dee'],
    ['people.left', 'Bo'],
    ['people.joined', 'Bo'],
    ['people.joined', 'Cy']
  ])
})
