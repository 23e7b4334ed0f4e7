// When an instance is ready for visitors.
import { expect, test } from 'vitest'
import { BUS_WITHIN_MS, createReadiness } from './readiness.ts'

const START = 1_000_000

function serving(bus: { isReceiving: boolean; reachedAt: number | null } | null) {
  let now = START
  const readiness = createReadiness({
    bus,
    people: { isStale: () => false },
    clock: { now: () => now },
    store: () => 'ok'
  })
  readiness.started()
  return { readiness, ready: () => readiness.current().ready, advance: (ms: number) => (now += ms) }
}

test('the limit for the first bus message starts when Redis answers, whenever readiness is first asked', () => {
  const { ready, advance } = serving({ isReceiving: false, reachedAt: START })
  advance(BUS_WITHIN_MS)
  expect(ready()).toBe(true)
})

test('an instance waits for its first bus message, and no longer than the limit', () => {
  const bus = { isReceiving: false, reachedAt: START }
  const { ready, advance } = serving(bus)
  advance(BUS_WITHIN_MS - 1)
  expect(ready()).toBe(false)
  bus.isReceiving = true
  expect(ready()).toBe(true)
  bus.isReceiving = false
  advance(1)
  expect(ready()).toBe(true)
})

test('an instance whose Redis has never answered is ready: an outage does not block a deploy', () => {
  expect(serving({ isReceiving: false, reachedAt: null }).ready()).toBe(true)
})

test('a single process is ready from its start until it closes, while its store can be used', () => {
  let store: 'ok' | 'unavailable' = 'ok'
  const readiness = createReadiness({
    bus: null,
    people: { isStale: () => true },
    clock: { now: () => START },
    store: () => store
  })
  expect(readiness.current().ready).toBe(false)
  readiness.started()
  expect(readiness.current()).toEqual({
    ready: true,
    details: { closing: false, hears: true, store: 'ok', presence: 'stale' }
  })
  store = 'unavailable'
  expect(readiness.current()).toMatchObject({ ready: false, details: { store } })
  store = 'ok'
  readiness.closing()
  readiness.started()
  expect(readiness.current()).toMatchObject({ ready: false, details: { closing: true } })
})
