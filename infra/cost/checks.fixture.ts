// Compares measurements with the numbers in measured.ts.
import { expect } from 'vitest'
import type { Operation } from './measured.ts'

const BYTES_WITHIN = 0.1
/** Means of many operations are no whole numbers. */
const COMMANDS_WITHIN = 0.4
/** Below this many bytes a tenth is noise. */
const BYTES_LEAST = 8

/** Commands counted in Redis, and bytes to it (`up`) and from it (`down`). */
export interface Asked {
  reads: number
  writes: number
  up: number
  down: number
}

/** Fails unless the commands are those of `operation` with so many instances, and the bytes nearly. */
export function expectAsked(name: string, measured: Asked, { once, each }: Operation, instances: number) {
  const [allReads, allWrites, allUp, allDown] = once.map((amount, n) => amount + instances * (each[n] ?? 0))
  const { reads, writes, up, down } = measured
  console.log(`${name}: ${reads} reads, ${writes} writes, ${up} B to Redis, ${down} B back`)
  const near = (asked: number, documented = NaN) =>
    Math.abs(asked - documented) < COMMANDS_WITHIN ? documented : asked
  expect([name, near(reads, allReads), near(writes, allWrites)]).toEqual([name, allReads, allWrites])
  expectBytes(`${name}, to Redis`, up, allUp ?? 0)
  expectBytes(`${name}, from Redis`, down, allDown ?? 0)
}

/** Compares sentences, so that a failure names the measurement. */
export function expectBytes(name: string, measured: number, documented: number, within = BYTES_WITHIN) {
  const tolerance = Math.max(BYTES_LEAST, documented * within)
  const verdict = Math.abs(measured - documented) <= tolerance ? 'as documented' : `not ${documented} B as documented`
  expect(`${name}: ${measured} B, ${verdict}`).toBe(`${name}: ${measured} B, as documented`)
}
