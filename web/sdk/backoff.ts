// Waiting that ends with the client: nothing goes on in the background of one that was closed.
import type { Reply } from '../../src/contract.ts'
import { isTemporary, retryDelayMs } from '../engine/backoff.ts'
import { refused } from './client-error.ts'

const RETRY = { firstMs: 100, maxMs: 15_000 }

export type Backoff = ReturnType<typeof createBackoff>

export function createBackoff(random: () => number = Math.random) {
  const resting = new Set<{ timer: ReturnType<typeof setTimeout>; done(): void; failed(cause: Error): void }>()
  let over: Error | null = null

  /** Longer after each attempt, and a little uneven, so that many don't come at once. @throws what the client ended with */
  async function restAfter(attempt: number, afterMs?: number): Promise<void> {
    if (over) throw over
    const ms = retryDelayMs(attempt, RETRY, { afterMs, random })
    const { promise, resolve: done, reject: failed } = Promise.withResolvers<void>()
    const one = { timer: setTimeout(done, ms), done, failed }
    resting.add(one)
    await promise.finally(() => {
      clearTimeout(one.timer)
      resting.delete(one)
    })
  }

  return {
    restAfter,

    /** Asks until the answer is a yes or a no for good. @throws ClientError with the server's reason, or what the client ended with */
    async insist<T>(ask: () => Promise<Reply<T>>, room?: string): Promise<T> {
      for (let attempt = 0; ; attempt += 1) {
        if (over) throw over
        const reply = await ask()
        if (reply.ok) return reply.value
        if (!isTemporary(reply.reason)) throw refused(reply.reason, room === undefined ? {} : { room })
        await restAfter(attempt, reply.retryAfterMs)
      }
    },

    /** Something has become possible that wasn't: nobody waits any longer. */
    wake() {
      for (const { done } of resting) done()
    },

    isOver: () => over !== null,
    /** @throws what the client ended with */
    check() {
      if (over) throw over
    },

    end(cause: Error) {
      over = cause
      for (const { failed } of resting) failed(cause)
    }
  }
}
