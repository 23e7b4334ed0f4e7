// Limits how many operations of the store are in flight, for each key and for the instance. Further ones wait for a short time, and
// those of a busy key make no other key wait.
import { StoreUnavailable } from '../errors.ts'
import type { Cancel, Clock } from '../clock.ts'

export interface StoreQueue {
  /** Runs `work` as soon as its key and the instance have a slot. @throws StoreUnavailable when none was free within `waitsMaxMs` */
  run<T>(key: string, work: () => Promise<T>): Promise<T>
}

interface Waiting {
  key: string
  begin(): void
}

export function createStoreQueue(options: {
  clock: Clock
  inFlightMax: number
  perKeyMax: number
  waitsMaxMs: number
}): StoreQueue {
  const { clock, inFlightMax, perKeyMax, waitsMaxMs } = options
  const inFlight = new Map<string, number>()
  let total = 0
  const waiting: Waiting[] = []

  const isFree = (key: string) => total < inFlightMax && (inFlight.get(key) ?? 0) < perKeyMax

  function take(key: string) {
    total += 1
    inFlight.set(key, (inFlight.get(key) ?? 0) + 1)
  }

  function free(key: string) {
    total -= 1
    const left = (inFlight.get(key) ?? 1) - 1
    if (left > 0) inFlight.set(key, left)
    else inFlight.delete(key)
    // First come, first served, past those whose key is busy. At once, so that nobody who comes later goes first.
    const next = waiting.findIndex((one) => isFree(one.key))
    for (const one of next < 0 ? [] : waiting.splice(next, 1)) {
      take(one.key)
      one.begin()
    }
  }

  function slot(key: string): Promise<void> {
    if (isFree(key)) {
      take(key)
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      let cancel: Cancel = () => {}
      const one: Waiting = {
        key,
        begin() {
          cancel()
          resolve()
        }
      }
      cancel = clock.after(waitsMaxMs, () => {
        waiting.splice(waiting.indexOf(one), 1)
        reject(new StoreUnavailable(`too many operations were waiting for the store for ${waitsMaxMs} ms`))
      })
      waiting.push(one)
    })
  }

  return {
    async run(key, work) {
      await slot(key)
      try {
        return await work()
      } finally {
        free(key)
      }
    }
  }
}
