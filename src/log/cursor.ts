import type { Cursor } from '../contract.ts'

/** Compares ids too: a log that was restored from a copy has other events at the same places. */
export const isSame = (one: Cursor, other: Cursor) =>
  one.epoch === other.epoch && one.seq === other.seq && one.id === other.id
