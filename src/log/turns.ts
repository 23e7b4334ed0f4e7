// Spreads heavy work over turns of the event loop, so that everything else is served between.

/** Resolves in a turn in which it resolves for nobody else: at once, when the present turn is not taken. First come, first served. */
export type NextTurn = () => Promise<void>

export function createTurns(): NextTurn {
  const waiting: (() => void)[] = []
  let taken = false

  function begin() {
    const next = waiting.shift()
    taken = next !== undefined
    if (taken) setImmediate(begin)
    next?.()
  }

  return () => {
    if (taken) return new Promise((resolve) => waiting.push(resolve))
    taken = true
    setImmediate(begin)
    return Promise.resolve()
  }
}

let end: Promise<void> | undefined

/** Resolves at the end of this turn: one timer of the event loop for all who wait for it. */
export const endOfTurn = (): Promise<void> =>
  (end ??= new Promise((done) => {
    setImmediate(() => {
      end = undefined
      done()
    })
  }))
