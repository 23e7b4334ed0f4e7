import { expect, test } from 'vitest'
import type { Message } from '../../src/contract.ts'
import { cursorAt, idOf, posted } from './page.fixture.ts'
import { notePeople } from '../engine/notices.ts'
import type { OutboxItem } from '../engine/outbox/item.ts'
import { GROUP_MS, timeline, type Row, type TimelineParts } from './timeline.ts'

const NOON = new Date(2026, 4, 5, 12).getTime()
const DAY_MS = 86_400_000
const me = { id: idOf(900), name: 'Ana' }
const bo = { id: idOf(901), name: 'Bo' }

const show = (row: Row) =>
  row.kind === 'message'
    ? `${row.message.seq}${row.head ? ' head' : ''}`
    : row.kind === 'pending'
      ? `pending ${row.item.text}${row.head ? ' head' : ''}`
      : row.kind
const rowsOf = (messages: Message[], parts: Partial<TimelineParts> = {}) =>
  timeline({
    log: { cursor: cursorAt(messages.at(-1)?.seq ?? 0), from: 0, messages, older: false },
    notices: [],
    outbox: [],
    me,
    line: undefined,
    ...parts
  }).map(show)
const pending = (n: number, text: string): OutboxItem => ({
  v: 1,
  id: idOf(n),
  room: 'lobby',
  text,
  at: NOON,
  state: 'queued'
})

test('messages of one author within five minutes share a heading', () => {
  const at = (seq: number, ms: number, by = posted(1).by) => posted(seq, { at: NOON + ms, by })
  expect(rowsOf([at(1, 0), at(2, GROUP_MS), at(3, GROUP_MS + 1), at(4, GROUP_MS + 2, bo)])).toEqual([
    'day',
    '1 head',
    '2',
    '3 head',
    '4 head'
  ])
})

test('a message under a new name has a heading of its own, also while it is on its way', () => {
  const renamed = { ...me, name: 'Anamaria' }
  const messages = [posted(1, { at: NOON }), posted(2, { at: NOON, by: renamed }), posted(3, { at: NOON, by: renamed })]
  expect(rowsOf(messages)).toEqual(['day', '1 head', '2 head', '3'])
  expect(rowsOf(messages.slice(0, 1), { me: renamed, outbox: [pending(2, 'two')] })).toEqual([
    'day',
    '1 head',
    'pending two head'
  ])
})

test('each day begins with its line, also when clocks disagree around midnight', () => {
  const midnight = new Date(2026, 4, 6).getTime()
  const at = (seq: number, at: number) => posted(seq, { at })
  expect(rowsOf([at(1, NOON), at(2, midnight + 5), at(3, midnight - 5), at(4, midnight + DAY_MS)])).toEqual([
    'day',
    '1 head',
    'day',
    '2 head',
    '3',
    'day',
    '4 head'
  ])
})

test('guests with one name are one author, a person with that name is another', () => {
  const guest = { id: null, name: 'Bo' }
  expect(rowsOf([posted(1, { by: guest }), posted(2, { by: guest }), posted(3, { by: bo })])).toEqual([
    'day',
    '1 head',
    '2',
    '3 head'
  ])
})

test('notices stand after the message they followed', () => {
  const notices = notePeople([], 'people.joined', [{ key: 'b', name: 'Bo', guest: false }], {
    after: 1,
    at: NOON
  })
  const messages = [posted(1, { at: NOON }), posted(2, { at: NOON })]
  expect(rowsOf(messages, { notices })).toEqual(['day', '1 head', 'notice', '2 head'])
  expect(rowsOf(messages.slice(0, 1), { notices })).toEqual(['day', '1 head', 'notice'])
})

test('the line above what is new is before the first message of another', () => {
  const messages = [posted(1), posted(2), posted(3, { by: bo }), posted(4, { by: bo })]
  expect(rowsOf(messages, { line: 1 })).toEqual(['day', '1 head', '2', 'new', '3 head', '4'])
  expect(rowsOf(messages, { line: 4 })).not.toContain('new')
})

test('what is on its way is last, in order, and disappears into its message', () => {
  const messages = [posted(1, { at: NOON })]
  const outbox = [pending(2, 'two'), pending(3, 'three')]
  expect(rowsOf(messages, { outbox })).toEqual(['day', '1 head', 'pending two', 'pending three'])
  expect(rowsOf([...messages, posted(2, { at: NOON })], { outbox })).toEqual(['day', '1 head', '2', 'pending three'])
})

test('a message keeps its key when it is confirmed', () => {
  const parts = { notices: [], me, line: undefined }
  const log = { cursor: cursorAt(1), from: 0, messages: [posted(1, { at: NOON })], older: false }
  const before = timeline({ ...parts, log, outbox: [pending(2, 'two')] })
  const after = timeline({
    ...parts,
    log: { ...log, messages: [...log.messages, posted(2, { at: NOON })] },
    outbox: []
  })
  expect(before.map((row) => row.key)).toEqual(after.map((row) => row.key))
})
