// Limits how many reads of the store are in flight, per room and for the instance: each may bring an answer of ANSWER_MAX_BYTES
// into memory. Further reads wait for a short time.
import { StoreUnavailable } from '../errors.ts'
import type { Cancel, Clock } from '../clock.ts'

export const READS_IN_FLIGHT_MAX = 32
export const READS_PER_ROOM_MAX = 4
/** A client repeats its request after 5 s without an answer, so a read that starts later is wasted. */
export const READ_WAITS_MAX_MS = 3_000

export interface ReadQueue {
  /** Runs `read` as soon as its room and the instance have a slot. @throws StoreUnavailable when none was free within READ_WAITS_MAX_MS */
  run<T>(room: string, read: () => Promise<T>): Promise<T>
}

interface Waiting {
  room: string
  begin(): void
}

export function createReadQueue(clock: Clock): ReadQueue {
  const inFlight = new Map<string, number>()
  let total = 0
  let waiting: Waiting[] = []

  const isFree = (room: string) => total < READS_IN_FLIGHT_MAX && (inFlight.get(room) ?? 0) < READS_PER_ROOM_MAX

  function take(room: string) {
    total += 1
    inFlight.set(room, (inFlight.get(room) ?? 0) + 1)
  }

  function free(room: string) {
    total -= 1
    const left = (inFlight.get(room) ?? 1) - 1
    if (left > 0) inFlight.set(room, left)
    else inFlight.delete(room)
    // In its own turn of the event loop: an embedded store answers at once, and many reads in a row would block everything else.
    if (waiting.length > 0) setImmediate(beginWaiting)
  }

  /** First come, first served, past those whose room is busy. */
  function beginWaiting() {
    const stay: Waiting[] = []
    const queued = waiting
    waiting = []
    for (const one of queued) {
      if (isFree(one.room)) {
        take(one.room)
        one.begin()
      } else stay.push(one)
    }
    waiting = [...stay, ...waiting]
  }

  function slot(room: string): Promise<void> {
    if (isFree(room)) {
      take(room)
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      let cancel: Cancel = () => {}
      const one: Waiting = {
        room,
        begin() {
          cancel()
          resolve()
        }
      }
      cancel = clock.after(READ_WAITS_MAX_MS, () => {
        waiting = waiting.filter((other) => other !== one)
        reject(new StoreUnavailable(`too many reads were waiting for the store for ${READ_WAITS_MAX_MS} ms`))
      })
      waiting.push(one)
    })
  }

  return {
    async run(room, read) {
      await slot(room)
      try {
        return await read()
      } finally {
        free(room)
      }
    }
  }
}
