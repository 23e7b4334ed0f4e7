// Waiting that ends with the client: nothing goes on in the background of one that was closed.
import type { Reply } from '../../src/contract.ts'
import { LATER } from '../state/outbox.ts'
import { refused } from './client-error.ts'

const RETRY_FIRST_MS = 100
const RETRY_MAX_MS = 15_000

export type Patience = ReturnType<typeof createPatience>

export function createPatience(random: () => number = Math.random) {
  const resting = new Map<ReturnType<typeof setTimeout>, (cause: Error) => void>()
  let over: Error | null = null

  /** @throws what the client ended with */
  function rest(ms: number): Promise<void> {
    return new Promise((done, failed) => {
      if (over) return failed(over)
      const timer = setTimeout(() => {
        resting.delete(timer)
        done()
      }, ms)
      resting.set(timer, failed)
    })
  }

  /** Longer after each attempt, and a little uneven, so that many don't come at once. */
  const restAfter = (attempt: number, atLeastMs = 0) =>
    rest(Math.max(atLeastMs, Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** attempt) * (1 + random() / 2)))

  return {
    rest,
    restAfter,

    /** Asks until the answer is a yes or a no for good. @throws ClientError with the server's reason, or what the client ended with */
    async insist<T>(ask: () => Promise<Reply<T>>, room?: string): Promise<T> {
      for (let attempt = 0; ; attempt += 1) {
        if (over) throw over
        const reply = await ask()
        if (reply.ok) return reply.value
        if (!LATER.includes(reply.reason)) throw refused(reply.reason, room)
        await restAfter(attempt, reply.retryAfterMs)
      }
    },

    isOver: () => over !== null,

    end(cause: Error) {
      over = cause
      for (const [timer, failed] of resting) {
        clearTimeout(timer)
        failed(cause)
      }
      resting.clear()
    }
  }
}
