// Reports to the server, rarely, that somebody uses this page. Without a sign of activity for some minutes the person is shown as idle.

export const ACTIVE_EVERY_MS = 60_000

/** `send` returns whether there was a connection. */
export function announceActivity(send: () => boolean) {
  let touchedAt = -Infinity
  let sentAt = -Infinity

  function announce() {
    if (Date.now() - sentAt >= ACTIVE_EVERY_MS && send()) sentAt = Date.now()
  }

  return {
    touched() {
      touchedAt = Date.now()
      announce()
    },

    /** A new connection knows nothing of earlier activity. */
    online() {
      sentAt = -Infinity
      if (Date.now() - touchedAt < ACTIVE_EVERY_MS) announce()
    }
  }
}
