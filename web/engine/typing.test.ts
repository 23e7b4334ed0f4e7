import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TYPING_FADES_AFTER_MS } from '../../src/contract.ts'
import { trackTypists, announceTyping, TYPING_QUIET_MS, TYPING_REPEAT_MS } from './typing.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const ana = { key: 'a', name: 'Ana', guest: false }
const bo = { key: 'b', name: 'Bo', guest: true }

function listener() {
  const typists = trackTypists(() => 'me')
  return { typists, names: (room = 'lobby') => (typists.rooms.value.get(room) ?? []).map(({ name }) => name) }
}

test('people who type are shown by room, except oneself', () => {
  const { typists, names } = listener()
  typists.changed({ room: 'lobby', who: ana, on: true })
  typists.changed({ room: 'tea', who: bo, on: true })
  typists.changed({ room: 'lobby', who: { ...ana, key: 'me' }, on: true })
  expect([names('lobby'), names('tea')]).toEqual([['Ana'], ['Bo']])
})

test('typing fades without a further event, and later when it is repeated', () => {
  const { typists, names } = listener()
  typists.changed({ room: 'lobby', who: ana, on: true })
  vi.advanceTimersByTime(TYPING_FADES_AFTER_MS - 1)
  typists.changed({ room: 'lobby', who: ana, on: true })
  vi.advanceTimersByTime(TYPING_FADES_AFTER_MS - 1)
  expect(names()).toEqual(['Ana'])
  vi.advanceTimersByTime(1)
  expect(names()).toEqual([])
})

test('typing ends with its event, with a message, and when the person leaves', () => {
  const { typists, names } = listener()
  const start = () => {
    typists.changed({ room: 'lobby', who: ana, on: true })
    typists.changed({ room: 'lobby', who: bo, on: true })
  }
  start()
  typists.changed({ room: 'lobby', who: ana, on: false })
  expect(names()).toEqual(['Bo'])
  start()
  typists.posted('lobby', 'Bo')
  expect(names()).toEqual(['Ana'])
  start()
  typists.left('lobby', ['a', 'b'])
  expect(names()).toEqual([])
})

function writer() {
  const events: string[] = []
  return { events, typing: announceTyping((room, on) => events.push(`${room} ${on ? 'on' : 'off'}`)) }
}

test('typing is announced at once and repeated rarely', () => {
  const { typing, events } = writer()
  typing.typed('lobby', 'h')
  typing.typed('lobby', 'he')
  vi.advanceTimersByTime(TYPING_REPEAT_MS / 2)
  typing.typed('lobby', 'hel')
  expect(events).toEqual(['lobby on'])
  vi.advanceTimersByTime(TYPING_REPEAT_MS / 2)
  expect(events).toEqual(['lobby on', 'lobby on'])
})

test('a slow typist is shown without a break, and no longer than that', () => {
  const { typing, events } = writer()
  const seen = trackTypists(() => 'me')
  const deliver = () => {
    for (const event of events.splice(0)) seen.changed({ room: 'lobby', who: ana, on: event.endsWith('on') })
  }
  for (let key = 0; key < 20; key += 1) {
    typing.typed('lobby', 'x')
    for (let ms = 0; ms < TYPING_QUIET_MS - 100; ms += 100) {
      vi.advanceTimersByTime(100)
      deliver()
      expect(seen.rooms.value.get('lobby')).toHaveLength(1)
    }
  }
  vi.advanceTimersByTime(TYPING_QUIET_MS)
  deliver()
  expect(seen.rooms.value.get('lobby')).toEqual([])
})

test('the announcement ends when the text is emptied or left alone, or when the person types in another room', () => {
  const { typing, events } = writer()
  typing.typed('lobby', 'h')
  typing.typed('lobby', ' ')
  typing.typed('lobby', 'h')
  vi.advanceTimersByTime(TYPING_QUIET_MS)
  typing.typed('lobby', 'h')
  typing.typed('tea', 'h')
  const on = 'lobby on'
  const off = 'lobby off'
  expect(events).toEqual([on, off, on, off, on, off, 'tea on'])
})

test('a message ends it by itself, and what is typed next is announced at once', () => {
  const { typing, events } = writer()
  typing.typed('lobby', '')
  typing.typed('lobby', 'h')
  typing.sent()
  vi.advanceTimersByTime(2 * TYPING_QUIET_MS)
  typing.typed('lobby', 'h')
  expect(events).toEqual(['lobby on', 'lobby on'])
})
