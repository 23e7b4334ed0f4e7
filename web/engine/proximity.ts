// How near the server is, by this device's clock alone: round trips while the page is visible, and how long messages took.
import { computed, signal, type ReadonlySignal } from '@preact/signals'

/** The first pings come quickly, so that a number is shown soon. */
const FIRST_PING_EVERY_MS = 1_000
export const PING_EVERY_MS = 15_000
/** The number is the median of this many round trips, so one slow trip does not count. */
export const TRIPS = 5
const TOOK_MAX = 200

export interface ProximityDeps {
  /** One round trip. Resolves with whether it was answered. */
  ping(): Promise<boolean>
  /** Monotonic milliseconds. */
  now?: () => number
}

export function measureProximity({ ping, now = () => performance.now() }: ProximityDeps) {
  const trips = signal<readonly number[]>([])
  const took = signal<ReadonlyMap<string, number>>(new Map())
  const startedAt = new Map<string, number>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let running = 0

  async function measure(run: number) {
    const start = now()
    const answered = await ping()
    if (run !== running) return
    if (answered) trips.value = [...trips.value, now() - start].slice(-TRIPS)
    timer = setTimeout(() => void measure(run), trips.value.length < TRIPS ? FIRST_PING_EVERY_MS : PING_EVERY_MS)
  }

  function stop() {
    running += 1
    clearTimeout(timer)
  }

  return {
    /** Round-trip time in milliseconds; null until it is known. */
    roundTrip: computed(() => (trips.value.length > 0 ? Math.max(1, Math.round(median(trips.value))) : null)),

    /** Milliseconds from sending a message to its receipt, by message id: the last messages of this tab. */
    took: took as ReadonlySignal<ReadonlyMap<string, number>>,

    /** The page is visible and connected. */
    start() {
      stop()
      void measure(running)
    },

    stop,

    /** A new connection may take another route. */
    reset() {
      trips.value = []
    },

    sent: (id: string) => void startedAt.set(id, now()),

    /** The receipt came. */
    confirmed(id: string) {
      const start = startedAt.get(id)
      if (start === undefined) return
      startedAt.delete(id)
      took.value = new Map([...took.value, [id, Math.max(1, Math.round(now() - start))] as const].slice(-TOOK_MAX))
    }
  }
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
