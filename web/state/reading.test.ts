import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LOBBY, type ReadPosition, type UnreadRoom } from '../../src/contract.ts'
import type { RoomLog } from '../engine/room-log.ts'
import { keepReading } from './reading.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('an answer that is older than what the page has read or received since it asked changes no count, and is asked for again', async () => {
  const position = (seq: number) => ({ room: LOBBY, epoch: 'e', seq, back: 0 })
  const answers: ((rooms: UnreadRoom[]) => Promise<unknown>)[] = []
  const moves: ReadPosition[][] = []
  // Nothing is loaded: the person reads far up.
  const reading = keepReading({
    myId: () => 'me',
    logOf: () => null,
    ask: ((event: string, { positions }: { positions: ReadPosition[] }) => {
      if (event === 'read:move') moves.push(positions)
      if (event === 'read:move') return Promise.resolve({ ok: true, value: null })
      return new Promise((done) =>
        answers.push((rooms) => {
          done({ ok: true, value: { rooms } })
          return vi.advanceTimersByTimeAsync(0)
        })
      )
    }) as never
  })
  const counts = () => reading.of(LOBBY)
  const listed = (seq: number, head: number) => ({ ...position(seq), head, unread: head - seq, mentions: 0 })

  void reading.online()
  await answers.pop()!([listed(0, 250)])
  reading.movedElsewhere([position(100)])
  await vi.advanceTimersByTimeAsync(2_000)
  reading.read(LOBBY, 250)
  reading.news({ room: LOBBY, epoch: 'e', sent: [{ seq: 251, by: 'bo' }], removed: false })
  await answers.pop()!([listed(100, 250)])
  expect(counts()).toMatchObject({ seq: 250, head: 251, unread: 1 })
  expect(moves.flat().at(-1)).toEqual(position(250))

  await vi.advanceTimersByTimeAsync(4_000)
  reading.news({ room: LOBBY, epoch: 'e', sent: [{ seq: 252, by: 'bo' }], removed: false })
  await answers.pop()!([listed(250, 251)])
  expect(counts()).toMatchObject({ head: 252, unread: 2 })
  await vi.advanceTimersByTimeAsync(8_000)
  await answers.pop()!([{ ...listed(250, 252), unread: 1 }])
  expect(counts()).toMatchObject({ head: 252, unread: 1 })
  reading.offline()
})

test('a mention by somebody whom the person has blocked is a message like any other, also while the page does not know whom', async () => {
  const listed = { room: LOBBY, epoch: 'e', seq: 0, back: 0, head: 2, unread: 2, mentions: 1 }
  let asked = 0
  const ask = () => Promise.resolve({ ok: true, value: { rooms: [listed] }, asked: (asked += 1) })
  const by = (id: string, seq: number) => ({ seq, by: { id }, mentions: [{ id: 'me' }] })
  const messages = [by('eve', 1), by('bo', 2), by('eve', 3)]
  const log = { cursor: { epoch: 'e', seq: 3, id: 'three' }, from: 1, messages }
  let loaded: typeof log | null = null
  const reading = keepReading({ myId: () => 'me', logOf: () => loaded as never, ask: ask as never })
  const counts = () => reading.of(LOBBY)
  await reading.online()
  listed.head = listed.unread = 3
  reading.news({ room: LOBBY, epoch: 'e', sent: [{ seq: 3, by: 'eve', mentions: ['me'] }], removed: false })
  expect(counts()).toMatchObject({ unread: 3, mentions: 1 })
  await vi.advanceTimersByTimeAsync(2_000)
  expect(asked).toBe(2)

  loaded = log
  reading.logMoved(LOBBY, { fresh: true, events: [] })
  expect(counts()).toMatchObject({ unread: 3, mentions: 1 })
  reading.learnBlocked(new Set(['eve']))
  expect(counts()).toMatchObject({ unread: 3, mentions: 1 })
  reading.learnBlocked(new Set())
  expect(counts()).toMatchObject({ unread: 3, mentions: 3 })

  // In a room whose messages are not loaded, the server counts.
  loaded = null
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toBe(2)
  reading.learnBlocked(new Set(['eve']))
  await vi.advanceTimersByTimeAsync(2_000)
  expect(asked).toBe(3)
  expect(counts()).toMatchObject({ unread: 3, mentions: 1 })
  const sent = ['eve', 'bo'].map((one, n) => ({ seq: n + 4, by: one, mentions: ['me'] }))
  reading.news({ room: LOBBY, epoch: 'e', sent, removed: false })
  expect(counts()).toMatchObject({ unread: 5, mentions: 2 })
  reading.offline()
})

test('what the page has read and the server has lost is sent again, also when all messages are loaded', async () => {
  const listed = { room: LOBBY, epoch: 'e', seq: 0, back: 0, head: 2, unread: 2, mentions: 0 }
  const moves: ReadPosition[][] = []
  const ask = (event: string, { positions }: { positions?: ReadPosition[] }) => {
    if (positions) moves.push(positions)
    return Promise.resolve({ ok: true, value: event === 'read:list' ? { rooms: [listed] } : null })
  }
  const log = { cursor: { epoch: 'e', seq: 2, id: 'two' }, from: 1, messages: [] } as unknown as RoomLog
  const reading = keepReading({ myId: () => 'me', logOf: () => log, ask: ask as never })
  await reading.online()
  reading.read(LOBBY, 2)
  await vi.advanceTimersByTimeAsync(1_000)
  // Its instance has ended.
  reading.offline()
  await reading.online()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(moves.map(([position]) => position?.seq)).toEqual([2, 2])
  reading.offline()
})
