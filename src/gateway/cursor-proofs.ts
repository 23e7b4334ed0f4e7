// Proofs of cursors: with each cursor, a client gets a code that only this server can compute. When a store was restored to an older copy
// while all instances restarted, nobody but the clients remembers the lost events. A client that returns a cursor with its proof shows
// that the event was in the log once, so one client is enough, and the log takes a new epoch.
//
// A client cannot abuse this. It can prove only events that the server has delivered, and those are stored. While the log holds such an
// event, or has trimmed it, the proof changes nothing. Once the log has lost it, a new epoch is right, no matter who says so; and proofs of
// the former epoch are void from then on, so each restore gives a room one new epoch at most. A forged proof is ignored.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Cursor } from '../contract.ts'

/** Guesses can be tried only here, at the rate of one person, so 48 bits are enough. Every list of events carries one. */
const PROOF_BYTES = 6
/** Earlier builds issue longer ones. */
const PROOF_MAX_BYTES = 8

export interface CursorProofs {
  /** For cursors that come from the log or its feed, never from a client. */
  of(room: string, cursor: Cursor): string
  /** Whether an instance with the same secret has issued this cursor. */
  isProven(room: string, cursor: Cursor): boolean
}

/** `secret`: SESSION_SECRET. With another one, earlier proofs are ignored. */
export function createCursorProofs(secret: string): CursorProofs {
  function digest(room: string, { epoch, seq, id }: Cursor): Buffer {
    const text = JSON.stringify([room, epoch, seq, id])
    return createHmac('sha256', secret).update('cursor\0').update(text).digest().subarray(0, PROOF_MAX_BYTES)
  }

  return {
    of: (room, cursor) => digest(room, cursor).subarray(0, PROOF_BYTES).toString('base64url'),
    isProven(room, cursor) {
      const given = Buffer.from(cursor.proof ?? '', 'base64url')
      if (given.length < PROOF_BYTES || given.length > PROOF_MAX_BYTES) return false
      return timingSafeEqual(given, digest(room, cursor).subarray(0, given.length))
    }
  }
}
