// Decides which bus messages count: each one once, and none that is old. Anyone who can write to the stream can write an old entry
// again or hold one back, and the stream's ids are chosen by the writer, so the decision uses encrypted content only: the sender,
// the sender's sequence number, and the time of sending.
import type { Clock } from '../clock.ts'

/** A message older than this is of no use: whatever it says has been read from the store since. */
const AGE_MAX_MS = 60_000
/** How far the clocks of two instances may differ. Repeated messages are recognized by number, so this need not be tight. */
const CLOCK_SKEW_MAX_MS = 5 * 60_000
/** The previous build sends no time. A rolling deploy is over by then, counted from the start of this process. */
const UNTIMED_WITHIN_MS = 15 * 60_000
/** Sequence numbers remembered per sender: messages may arrive this much out of order. */
export const REMEMBERED = 1_024
/** Only instances of this deployment can become senders. Beyond this the one that was silent longest is forgotten. */
const SENDERS_MAX = 1_000

export interface BusEnvelope {
  /** Random id of the sending process, or of what it pushes. */
  from: string
  /** 1, 2, 3 … per sender. */
  number: number
  /** When it was sent, in milliseconds since 1970 by the sender's clock; absent from the previous build. */
  at?: number | undefined
}

export type ReplayVerdict = 'ok' | 'repeated' | 'old'

export interface ReplayGuard {
  /** Judges a message that decrypted, and remembers it: the same message is `repeated` from then on. */
  check(envelope: BusEnvelope): ReplayVerdict
}

export function createReplayGuard(clock: Clock): ReplayGuard {
  const startedAt = clock.now()
  const senders = new Map<string, SeenNumbers>()

  function isRecent(at: number | undefined): boolean {
    if (at === undefined) return clock.now() - startedAt <= UNTIMED_WITHIN_MS
    const age = clock.now() - at
    return age <= AGE_MAX_MS + CLOCK_SKEW_MAX_MS && age >= -CLOCK_SKEW_MAX_MS
  }

  return {
    check({ from, number, at }) {
      if (!isRecent(at)) return 'old'
      const seen = senders.get(from) ?? createSeenNumbers()
      // Deleting first keeps the map in order of the last message.
      senders.delete(from)
      senders.set(from, seen)
      const [silentLongest] = senders.keys()
      if (senders.size > SENDERS_MAX && silentLongest !== undefined) senders.delete(silentLongest)
      return seen.add(number) ? 'ok' : 'repeated'
    }
  }
}

interface SeenNumbers {
  /** False when the number was added before, or is too far below the highest to know. */
  add(number: number): boolean
}

function createSeenNumbers(): SeenNumbers {
  /** Place `number % REMEMBERED` holds the newest number of that place. */
  const places = new Float64Array(REMEMBERED)
  let highest = 0
  return {
    add(number) {
      const place = number % REMEMBERED
      if (number <= highest - REMEMBERED || places[place] === number) return false
      places[place] = number
      highest = Math.max(highest, number)
      return true
    }
  }
}
