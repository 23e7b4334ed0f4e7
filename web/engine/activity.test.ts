import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ACTIVE_SAID_EVERY_MS, sayActive } from './activity.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setUp() {
  const state = { online: true, said: 0 }
  const activity = sayActive(() => {
    if (state.online) state.said += 1
    return state.online
  })
  return { state, activity }
}

test('however much a page is touched, the server hears it at once and then once a minute', () => {
  const { state, activity } = setUp()
  for (let n = 0; n < 600; n += 1) {
    activity.touched()
    vi.advanceTimersByTime(ACTIVE_SAID_EVERY_MS / 200)
  }
  expect(state.said).toBe(3)
})

test('what could not be said is said when the connection is there, unless it was long ago', () => {
  const { state, activity } = setUp()
  state.online = false
  activity.touched()
  state.online = true
  activity.online()
  expect(state.said).toBe(1)
  activity.online()
  expect(state.said).toBe(2)
  vi.advanceTimersByTime(ACTIVE_SAID_EVERY_MS)
  activity.online()
  expect(state.said).toBe(2)
})
