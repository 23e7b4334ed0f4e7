import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TYPING_FADES_AFTER_MS } from '../../src/contract.ts'
import { hearTyping, sayTyping, TYPING_QUIET_MS, TYPING_SAID_EVERY_MS } from './typing.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const ana = { key: 'a', name: 'Ana', guest: false }
const bo = { key: 'b', name: 'Bo', guest: true }

function listener() {
  const typists = hearTyping(() => 'me')
  return { typists, names: (room = 'lobby') => (typists.rooms.value.get(room) ?? []).map(({ name }) => name) }
}

test('people who type are shown by room, oneself is not', () => {
  const { typists, names } = listener()
  typists.changed({ room: 'lobby', who: ana, on: true })
  typists.changed({ room: 'tea', who: bo, on: true })
  typists.changed({ room: 'lobby', who: { ...ana, key: 'me' }, on: true })
  expect([names('lobby'), names('tea')]).toEqual([['Ana'], ['Bo']])
})

test('typing fades by itself, later when it is said again', () => {
  const { typists, names } = listener()
  typists.changed({ room: 'lobby', who: ana, on: true })
  vi.advanceTimersByTime(TYPING_FADES_AFTER_MS - 1)
  typists.changed({ room: 'lobby', who: ana, on: true })
  vi.advanceTimersByTime(TYPING_FADES_AFTER_MS - 1)
  expect(names()).toEqual(['Ana'])
  vi.advanceTimersByTime(1)
  expect(names()).toEqual([])
})

test('it ends with the word, with a message, and when the person leaves', () => {
  const { typists, names } = listener()
  const start = () => {
    typists.changed({ room: 'lobby', who: ana, on: true })
    typists.changed({ room: 'lobby', who: bo, on: true })
  }
  start()
  typists.changed({ room: 'lobby', who: ana, on: false })
  expect(names()).toEqual(['Bo'])
  start()
  typists.spoke('lobby', 'Bo')
  expect(names()).toEqual(['Ana'])
  start()
  typists.left('lobby', ['a', 'b'])
  expect(names()).toEqual([])
})

function speaker() {
  const words: string[] = []
  return { words, typing: sayTyping((room, on) => words.push(`${room} ${on ? 'on' : 'off'}`)) }
}

test('my typing is said at once and at most once in a while', () => {
  const { typing, words } = speaker()
  typing.typed('lobby', 'h')
  typing.typed('lobby', 'he')
  vi.advanceTimersByTime(TYPING_SAID_EVERY_MS / 2)
  typing.typed('lobby', 'hel')
  expect(words).toEqual(['lobby on'])
  vi.advanceTimersByTime(TYPING_SAID_EVERY_MS / 2)
  expect(words).toEqual(['lobby on', 'lobby on'])
})

test('who types slowly is seen typing without a break, and no longer than that', () => {
  const { typing, words } = speaker()
  const seen = hearTyping(() => 'me')
  const hear = () => {
    for (const word of words.splice(0)) seen.changed({ room: 'lobby', who: ana, on: word.endsWith('on') })
  }
  for (let key = 0; key < 20; key += 1) {
    typing.typed('lobby', 'x')
    for (let ms = 0; ms < TYPING_QUIET_MS - 100; ms += 100) {
      vi.advanceTimersByTime(100)
      hear()
      expect(seen.rooms.value.get('lobby')).toHaveLength(1)
    }
  }
  vi.advanceTimersByTime(TYPING_QUIET_MS)
  hear()
  expect(seen.rooms.value.get('lobby')).toEqual([])
})

test('it is taken back when the text is sent, emptied, left alone, or another room is typed in', () => {
  const { typing, words } = speaker()
  typing.typed('lobby', 'h')
  typing.stop()
  typing.typed('lobby', 'h')
  typing.typed('lobby', ' ')
  typing.typed('lobby', 'h')
  vi.advanceTimersByTime(TYPING_QUIET_MS)
  typing.typed('lobby', 'h')
  typing.typed('tea', 'h')
  const on = 'lobby on'
  const off = 'lobby off'
  expect(words).toEqual([on, off, on, off, on, off, on, off, 'tea on'])
})

test('nothing is taken back that was not said', () => {
  const { typing, words } = speaker()
  typing.stop()
  typing.typed('lobby', '')
  expect(words).toEqual([])
})
