// People on their way into the union. They are told when the store has answered, after what it says of others: so every number
// that goes with them is right.

/** Those who land together, with one answer of the store. */
export interface Flight {
  people: Map<string, [room: string, key: string]>
  /** Resolves when they have landed. */
  landed: Promise<void>
  land(): void
}

export type Arrivals = ReturnType<typeof createArrivals>

export function createArrivals() {
  let waiting = newFlight()
  const inTheAir = new Set<Flight>()
  const flights = () => [waiting, ...inTheAir]

  return {
    add(room: string, key: string): Promise<void> {
      waiting.people.set(placeOf(room, key), [room, key])
      return waiting.landed
    },

    /** Everybody who waits, to be landed. */
    take(): Flight {
      const flight = waiting
      waiting = newFlight()
      inTheAir.add(flight)
      void flight.landed.then(() => inTheAir.delete(flight))
      return flight
    },

    people: (): [room: string, key: string][] => flights().flatMap(({ people }) => [...people.values()]),

    /** When the next flight has landed. */
    landed: (): Promise<void> => waiting.landed,

    /** When somebody has landed who has not yet. */
    landingOf: (room: string, key: string): Promise<void> | undefined =>
      flights().find(({ people }) => people.has(placeOf(room, key)))?.landed
  }
}

function newFlight(): Flight {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { people: new Map(), landed: promise, land: resolve }
}

const placeOf = (room: string, key: string) => `${room} ${key}`
