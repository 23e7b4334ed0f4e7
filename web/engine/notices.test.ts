import { expect, test } from 'vitest'
import type { MemberChange } from '../../src/contract.ts'
import { BURST_MS, noteHistoryReplaced, noteMembers, notePeople, NOTICES_MAX, type Notice } from './notices.ts'

const person = (name: string) => ({ key: name, name, guest: false, region: 'waw' })
const names = (notice: Notice | undefined) =>
  notice && 'people' in notice ? notice.people.map(({ name }) => name) : []

test('a burst of joins is one row, with each person once', () => {
  let rows = notePeople([], 'people.joined', [person('Ana')], { after: 3, at: 0 })
  rows = notePeople(rows, 'people.joined', [person('Bo'), person('Ana')], { after: 3, at: BURST_MS })
  expect(rows).toHaveLength(1)
  expect(names(rows[0])).toEqual(['Ana', 'Bo'])
})

test('a row that grows stays the same row', () => {
  const first = notePeople([], 'people.joined', [person('Ana')], { after: 3, at: 0 })
  const grown = notePeople(first, 'people.joined', [person('Bo')], { after: 3, at: 1 })
  expect(grown[0]?.key).toBe(first[0]?.key)
})

test('a message, time, or the other direction starts a new row', () => {
  let rows = notePeople([], 'people.joined', [person('Ana')], { after: 3, at: 0 })
  rows = notePeople(rows, 'people.joined', [person('Bo')], { after: 4, at: 1 })
  rows = notePeople(rows, 'people.joined', [person('Cy')], { after: 4, at: BURST_MS + 2 })
  rows = notePeople(rows, 'people.left', [person('Cy')], { after: 4, at: BURST_MS + 3 })
  expect(rows.map((row) => [row.kind, row.after, ...names(row)])).toEqual([
    ['people.joined', 3, 'Ana'],
    ['people.joined', 4, 'Bo'],
    ['people.joined', 4, 'Cy'],
    ['people.left', 4, 'Cy']
  ])
})

test('nobody makes no row, and old rows are dropped', () => {
  const none: readonly Notice[] = []
  expect(notePeople(none, 'people.left', [], { after: 1, at: 1 })).toBe(none)
  let rows = none
  for (let n = 0; n < NOTICES_MAX + 5; n++)
    rows = notePeople(rows, 'people.joined', [person(`P${n}`)], { after: n, at: 0 })
  expect(rows).toHaveLength(NOTICES_MAX)
  expect(names(rows.at(-1))).toEqual([`P${NOTICES_MAX + 4}`])
})

test('members who are let in one after the other are one row; another change, another person or a message between starts the next', () => {
  const ana = { id: 'a', name: 'Ana' }
  const event = (seq: number, what: MemberChange['what'], name: string, by = ana) => ({
    seq,
    at: 0,
    by,
    member: { what, person: { id: name, name } }
  })
  let rows = noteMembers([], [event(1, 'joined', 'Bo'), event(2, 'joined', 'Cy')])
  const [{ key }] = rows as [Notice]
  rows = noteMembers(rows, [event(3, 'joined', 'Dee')])
  expect([rows.length, rows[0]?.key, names(rows[0])]).toEqual([1, key, ['Bo', 'Cy', 'Dee']])
  rows = noteMembers(rows, [
    event(4, 'removed', 'Bo'),
    event(6, 'removed', 'Cy'),
    event(7, 'left', 'Dee', { id: 'd', name: 'Dee' })
  ])
  expect(rows.map(({ after }) => after)).toEqual([3, 4, 6, 7])
})

test('a replaced history begins with the one row that says so', () => {
  expect(noteHistoryReplaced({ after: 9, at: 1 })).toMatchObject([{ kind: 'history-replaced', after: 9 }])
})
