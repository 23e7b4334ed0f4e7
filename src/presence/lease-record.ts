// A lease as text, and back. What can't be read, of a newer version or garbage, is no lease.
import * as v from 'valibot'
import { isRoomId } from '../contract.ts'
import type { Lease } from './store.ts'

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const text = v.pipe(v.string(), v.minLength(1))
const present = v.object({
  key: text,
  name: text,
  guest: v.boolean(),
  region: v.string(),
  idleSince: v.exactOptional(whole)
})
const room = v.pipe(
  v.string(),
  v.check((id) => isRoomId(id))
)
const record = v.object({
  v: whole,
  instance: text,
  boot: text,
  region: v.string(),
  version: whole,
  moving: v.boolean(),
  // Pairs, not an object: a room may be called "constructor".
  rooms: v.array(v.tuple([room, v.object({ count: whole, keys: v.array(text), people: v.array(present) })]))
})

export function writeLease(lease: Lease): string {
  return JSON.stringify({ ...lease, rooms: [...lease.rooms] })
}

export function readLease(written: unknown): Lease | null {
  const read = v.safeParse(record, parse(written))
  return read.success ? { ...read.output, rooms: new Map(read.output.rooms) } : null
}

/** The leases among what a store returned. */
export function readLeases(written: unknown): Lease[] {
  return Array.isArray(written) ? written.map(readLease).filter((lease) => lease !== null) : []
}

function parse(written: unknown): unknown {
  if (typeof written !== 'string') return null
  try {
    return JSON.parse(written)
  } catch {
    return null
  }
}
