import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ACTIVE_EVERY_MS, announceActivity } from './activity.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setUp() {
  const state = { online: true, sent: 0 }
  const activity = announceActivity(() => {
    if (state.online) state.sent += 1
    return state.online
  })
  return { state, activity }
}

test('however often a page is touched, the server is told at once and then once a minute', () => {
  const { state, activity } = setUp()
  for (let n = 0; n < 600; n += 1) {
    activity.touched()
    vi.advanceTimersByTime(ACTIVE_EVERY_MS / 200)
  }
  expect(state.sent).toBe(3)
})

test('activity while offline is announced on the next connection, unless it was long ago', () => {
  const { state, activity } = setUp()
  state.online = false
  activity.touched()
  state.online = true
  activity.online()
  expect(state.sent).toBe(1)
  activity.online()
  expect(state.sent).toBe(2)
  vi.advanceTimersByTime(ACTIVE_EVERY_MS)
  activity.online()
  expect(state.sent).toBe(2)
})
