// When a room may be tried again: later after each attempt in vain, and a little uneven, so that many don't come at once. Meanwhile
// it rests, and what is said in it queues up behind.
const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 15_000

/** `rested` is called when a room has rested long enough. */
export function keepPace(rested: () => void, random: () => number) {
  /** By room, attempts since the last answer that was a yes. */
  const tries = new Map<string, number>()
  /** By room that rests, what ends its rest. */
  const timers = new Map<string, ReturnType<typeof setTimeout>>()

  function rest(room: string, ms: number) {
    wake(room)
    timers.set(
      room,
      setTimeout(
        () => {
          wake(room)
          rested()
        },
        ms * (1 + random() / 2)
      )
    )
  }

  function wake(room: string) {
    clearTimeout(timers.get(room))
    timers.delete(room)
  }

  return {
    rests: (room: string) => timers.has(room),
    rest,
    /** An attempt was in vain. With `afterMs` the server itself has said when. */
    later(room: string, afterMs?: number) {
      const count = tries.get(room) ?? 0
      tries.set(room, count + 1)
      rest(room, afterMs ?? Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** count))
    },
    /** The answer was a yes. */
    done: (room: string) => void tries.delete(room),
    /** Nothing in this room waits any longer. */
    wake,
    close() {
      for (const timer of timers.values()) clearTimeout(timer)
    }
  }
}
