// Joins that are not shown yet. They are shown after the store's next answer has been merged, so that every total sent with a join is right.

/** The joins that are shown together, with one answer of the store. */
export interface Batch {
  people: Map<string, [room: string, key: string]>
  /** Resolves when they are shown. */
  shown: Promise<void>
  flush(): void
}

export function createPendingJoins() {
  let waiting = newBatch()
  const inFlight = new Set<Batch>()
  const batches = () => [waiting, ...inFlight]

  return {
    add(room: string, key: string): Promise<void> {
      waiting.people.set(placeOf(room, key), [room, key])
      return waiting.shown
    },

    /** All waiting joins. The caller shows and flushes them. */
    take(): Batch {
      const batch = waiting
      waiting = newBatch()
      inFlight.add(batch)
      void batch.shown.then(() => inFlight.delete(batch))
      return batch
    },

    people: (): [room: string, key: string][] => batches().flatMap(({ people }) => [...people.values()]),

    /** Resolves when the next batch is shown. */
    next: (): Promise<void> => waiting.shown,

    /** Resolves when this person's join is shown; undefined when it is not pending. */
    batchOf: (room: string, key: string): Promise<void> | undefined =>
      batches().find(({ people }) => people.has(placeOf(room, key)))?.shown
  }
}

function newBatch(): Batch {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { people: new Map(), shown: promise, flush: resolve }
}

const placeOf = (room: string, key: string) => `${room} ${key}`
