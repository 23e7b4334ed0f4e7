// One request to stop, however many signals carry it; a later signal ends the process at once.
import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { SAME_REQUEST_MS, handleSignals, type StopSignal } from './signals.ts'

function setUp() {
  const source = new EventEmitter()
  const calls: string[] = []
  let now = 5_000
  handleSignals(source, {
    now: () => now,
    shutDown: (signal) => calls.push(signal),
    exitNow: () => calls.push('exit now')
  })
  return {
    calls,
    send(signal: StopSignal, afterMs: number) {
      now += afterMs
      source.emit(signal)
    }
  }
}

test.each([
  ['SIGTERM', 'SIGTERM'],
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
  ['SIGINT', 'SIGINT']
] as const)('%s and %s within a second are one request; a later signal ends the process at once', (first, second) => {
  const { calls, send } = setUp()
  send(first, 0)
  send(second, 0)
  send(second, SAME_REQUEST_MS)
  expect(calls).toEqual([first])
  send(second, 1)
  expect(calls).toEqual([first, 'exit now'])
})
