import { expect, test } from 'vitest'
import type { RoomEvent } from '../../src/contract.ts'
import { cursorAt, EPOCH, happened, idOf, listOf, posted } from '../state/page.fixture.ts'
import { emptyLog, applyEvents, prepend, applySync, trimmed, type RoomLog } from './room-log.ts'

const fresh = (from: number, to: number, older = from > 1): RoomLog => {
  const messages = Array.from({ length: to - from + 1 }, (_, place) => posted(from + place))
  const result = applySync(null, { kind: 'fresh', cursor: cursorAt(to), messages, older })
  if (result.kind !== 'applied') throw new Error(result.kind)
  return result.log
}
const seqs = (log: RoomLog) => log.messages.map((message) => message.seq)
const applied = (result: ReturnType<typeof applyEvents>): RoomLog => {
  if (result.kind !== 'applied') throw new Error(`not applied: ${result.kind}`)
  return result.log
}

test('a first load has the page and its cursor', () => {
  const log = fresh(4, 6)
  expect(seqs(log)).toEqual([4, 5, 6])
  expect(log).toMatchObject({ cursor: cursorAt(6), from: 4, older: true })
})

test('an empty room starts at seq 0 and applies its first event', () => {
  const result = applySync(null, { kind: 'fresh', cursor: cursorAt(0), messages: [], older: false })
  expect(seqs(applied(applyEvents(applied(result), listOf(1))))).toEqual([1])
})

test('the next events are applied in one list or in many', () => {
  const atOnce = applied(applyEvents(fresh(1, 2), listOf(3, 5)))
  const oneByOne = [3, 4, 5].reduce((log, seq) => applied(applyEvents(log, listOf(seq))), fresh(1, 2))
  expect(atOnce).toEqual(oneByOne)
  expect(atOnce.cursor).toEqual(cursorAt(5))
})

test('known events change nothing, not even the object', () => {
  const log = fresh(1, 5)
  expect(applied(applyEvents(log, listOf(3, 5)))).toBe(log)
})

test('only the new part of an overlapping list is applied', () => {
  expect(seqs(applied(applyEvents(fresh(1, 3), listOf(2, 6))))).toEqual([1, 2, 3, 4, 5, 6])
})

test('a list that starts later is a hole, and so is a list with a gap', () => {
  expect(applyEvents(fresh(1, 3), listOf(5)).kind).toBe('hole')
  const holed = listOf(4, 6)
  holed.events.splice(1, 1)
  expect(applyEvents(fresh(1, 3), holed).kind).toBe('hole')
})

test('another epoch, or another event at the same seq, is another history', () => {
  expect(applyEvents(fresh(1, 3), listOf(4, 4, 'epoch-two')).kind).toBe('diverged')
  const other = { ...listOf(4), before: { epoch: EPOCH, seq: 3, id: idOf(777) } }
  expect(applyEvents(fresh(1, 3), other).kind).toBe('diverged')
})

test('a room that starts anew before the cursor is another history, until it is requested', () => {
  const afresh = (seq: number) => ({ before: cursorAt(seq), events: [] })
  expect(applyEvents(fresh(1, 3), afresh(2)).kind).toBe('diverged')
  expect(applyEvents(fresh(1, 3), afresh(3)).kind).toBe('applied')
  expect(applyEvents(fresh(1, 3), afresh(4)).kind).toBe('hole')
})

test('an empty log follows the events and loads none', () => {
  const result = applyEvents(emptyLog(cursorAt(3)), listOf(3, 5))
  expect(result).toMatchObject({ kind: 'applied', news: [{ seq: 4 }, { seq: 5 }] })
  expect(applied(result)).toEqual({ ...emptyLog(cursorAt(5)) })
})

test('a trimmed log shows that there is more, and pages back over the trimmed messages', () => {
  const log = trimmed(fresh(1, 6), 2)
  expect(log).toMatchObject({ from: 5, older: true, cursor: cursorAt(6) })
  expect(seqs(prepend(log, { messages: [posted(3), posted(4)], older: true }))).toEqual([3, 4, 5, 6])
  expect(trimmed(log, 2)).toBe(log)
})

test('a fresh answer of another epoch replaces everything', () => {
  const result = applySync(fresh(1, 9), {
    kind: 'fresh',
    cursor: cursorAt(2, 'epoch-two'),
    messages: [posted(2)],
    older: true
  })
  expect(applied(result)).toEqual({ cursor: cursorAt(2, 'epoch-two'), from: 2, messages: [posted(2)], older: true })
})

test('a repair continues from the requested cursor, even when some of it has arrived meanwhile', () => {
  const answer = { kind: 'events' as const, cursor: cursorAt(8), events: listOf(4, 8).events, more: false }
  expect(seqs(applied(applySync(fresh(1, 3), answer)))).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  const ahead = applied(applyEvents(fresh(1, 3), listOf(4, 5)))
  expect(seqs(applied(applySync(ahead, answer)))).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})

test('an answer older than the log takes nothing back', () => {
  const log = fresh(1, 9)
  const answer = { kind: 'events' as const, cursor: cursorAt(5), events: listOf(4, 5).events, more: false }
  expect(applied(applySync(log, answer))).toBe(log)
})

test('an answer whose events do not reach its cursor is a hole', () => {
  const answer = { kind: 'events' as const, cursor: cursorAt(8), events: listOf(4, 6).events, more: false }
  expect(applySync(fresh(1, 3), answer).kind).toBe('hole')
})

test('the higher rev wins, also when an older one is read later', () => {
  const edited = posted(2, { text: 'better', rev: 5, editedAt: 9 })
  const once = applied(applyEvents(fresh(1, 4), { before: cursorAt(4), events: [happened(5, edited, 'edited')] }))
  expect(once.messages[1]?.text).toBe('better')
  const stale = posted(2, { text: 'worse', rev: 4 })
  const twice = applied(applyEvents(once, { before: cursorAt(5), events: [happened(6, stale, 'edited')] }))
  expect(twice.messages[1]?.text).toBe('better')
  expect(twice.cursor.seq).toBe(6)
})

test('events do not undo a page that was read later', () => {
  const page = [posted(1), posted(2, { removed: true, text: '', rev: 4 })]
  const log = applied(applySync(null, { kind: 'fresh', cursor: cursorAt(2), messages: page, older: false }))
  const later = applied(
    applyEvents(log, { before: cursorAt(2), events: [happened(3), happened(4, posted(2, { rev: 3 }), 'edited')] })
  )
  expect(later.messages[1]).toMatchObject({ removed: true, text: '' })
})

test('changes of messages before the loaded page add no messages', () => {
  const log = applied(
    applyEvents(fresh(4, 6), { before: cursorAt(6), events: [happened(7, posted(2, { rev: 7 }), 'reacted')] })
  )
  expect(seqs(log)).toEqual([4, 5, 6])
  expect(log.cursor.seq).toBe(7)
})

test('an unknown kind of event takes its seq and has no other effect', () => {
  const unknown = { ...happened(4), kind: 'pinned', message: undefined } as unknown as RoomEvent
  const log = applied(applyEvents(fresh(1, 3), { before: cursorAt(3), events: [unknown, happened(5)] }))
  expect(seqs(log)).toEqual([1, 2, 3, 5])
  expect(log.cursor.seq).toBe(5)
})

test('an older page goes before the loaded messages without repeating any', () => {
  const log = prepend(fresh(4, 6), { messages: [posted(2), posted(3), posted(4)], older: true })
  expect(seqs(log)).toEqual([2, 3, 4, 5, 6])
  expect(log).toMatchObject({ from: 2, older: true, cursor: cursorAt(6) })
  expect(prepend(log, { messages: [posted(1)], older: false })).toMatchObject({ from: 0, older: false })
  expect(prepend(log, { messages: [], older: true }).older).toBe(false)
})
