// Holds what was measured against what is written in cost-measured.ts.
import { expect } from 'vitest'
import type { Asked, Operation } from './measured.ts'

const BYTES_WITHIN = 0.1
/** Of what is so small that a tenth of it is nothing. */
const BYTES_LEAST = 8

/** That this was asked with so many instances: commands exactly, bytes nearly. */
export function expectAsked(what: string, measured: Asked, { once, each }: Operation, instances: number) {
  const all = (of: keyof Asked) => once[of] + instances * each[of]
  const { reads, writes, up, down } = measured
  console.log(`${what}: ${reads} commands that read, ${writes} that write, ${up} B to Redis, ${down} B back`)
  expect([what, reads, writes]).toEqual([what, all('reads'), all('writes')])
  expectBytes(`${what}, to Redis`, up, all('up'))
  expectBytes(`${what}, from Redis`, down, all('down'))
}

/** Nearly the same. Compared as sentences, so that a wrong one says what it is. */
export function expectBytes(what: string, measured: number, written: number, within = BYTES_WITHIN) {
  const most = Math.max(BYTES_LEAST, written * within)
  const verdict = Math.abs(measured - written) <= most ? 'as written' : `not ${written} B as written`
  expect(`${what}: ${measured} B, ${verdict}`).toBe(`${what}: ${measured} B, as written`)
}
