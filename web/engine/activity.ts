// Tells the server that somebody touches this page, rarely: whoever gives no sign of life for some minutes is shown as idle.

export const ACTIVE_SAID_EVERY_MS = 60_000

export type Activity = ReturnType<typeof sayActive>

/** `say` returns whether it could be said. */
export function sayActive(say: () => boolean) {
  let touchedAt = -Infinity
  let saidAt = -Infinity

  function tell() {
    if (Date.now() - saidAt >= ACTIVE_SAID_EVERY_MS && say()) saidAt = Date.now()
  }

  return {
    touched() {
      touchedAt = Date.now()
      tell()
    },

    /** A new connection knows of none of this. */
    online() {
      saidAt = -Infinity
      if (Date.now() - touchedAt < ACTIVE_SAID_EVERY_MS) tell()
    }
  }
}
