// How near the server is, by this device's clock alone: round trips while somebody looks, and how long my messages took.
import { computed, signal, type ReadonlySignal } from '@preact/signals'

/** The first few, so that there soon is a number, and then now and again. */
const FIRST_ASKED_EVERY_MS = 1_000
export const ASKED_EVERY_MS = 15_000
/** The number is the median of these: one slow trip is not the distance. */
export const TRIPS = 5
const TOOK_KEPT = 200

export interface ProximityDeps {
  /** There and back. Resolves with whether it was answered. */
  ping(): Promise<boolean>
  /** Milliseconds that never jump. */
  now?: () => number
}

export type Proximity = ReturnType<typeof measureProximity>

export function measureProximity({ ping, now = () => performance.now() }: ProximityDeps) {
  const trips = signal<readonly number[]>([])
  const took = signal<ReadonlyMap<string, number>>(new Map())
  const begun = new Map<string, number>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let running = 0

  async function ask(run: number) {
    const start = now()
    const answered = await ping()
    if (run !== running) return
    if (answered) trips.value = [...trips.value, now() - start].slice(-TRIPS)
    timer = setTimeout(() => void ask(run), trips.value.length < TRIPS ? FIRST_ASKED_EVERY_MS : ASKED_EVERY_MS)
  }

  function rest() {
    running += 1
    clearTimeout(timer)
  }

  return {
    /** Milliseconds there and back; null until it is known. */
    roundTrip: computed(() => (trips.value.length > 0 ? Math.max(1, Math.round(median(trips.value))) : null)),

    /** Milliseconds from saying a message to its receipt, by its id. Of messages said in this tab, the last ones. */
    took: took as ReadonlySignal<ReadonlyMap<string, number>>,

    /** Somebody looks, and there is a connection. */
    begin() {
      rest()
      void ask(running)
    },

    rest,

    /** A new connection may be another way. */
    forget() {
      trips.value = []
    },

    said: (id: string) => void begun.set(id, now()),

    /** Its receipt has come. */
    kept(id: string) {
      const start = begun.get(id)
      if (start === undefined) return
      begun.delete(id)
      took.value = new Map([...took.value, [id, Math.max(1, Math.round(now() - start))] as const].slice(-TOOK_KEPT))
    }
  }
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
