// Retries that end with the client: nothing goes on in the background of one that was closed.
import type { Reply } from '../../src/contract.ts'
import { STORE_RETRY, isTemporary, retryDelayMs } from '../engine/backoff.ts'
import { refused } from './client-error.ts'

export type Retrier = ReturnType<typeof createRetrier>

export function createRetrier() {
  const pauses = new Set<{ timer: ReturnType<typeof setTimeout>; resolve(): void; reject(cause: Error): void }>()
  let ended: Error | null = null

  /** Waits before the next attempt. @throws the error that the client ended with */
  async function pause(attempt: number, afterMs?: number): Promise<void> {
    if (ended) throw ended
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const one = { timer: setTimeout(resolve, retryDelayMs(attempt, STORE_RETRY, { afterMs })), resolve, reject }
    pauses.add(one)
    await promise.finally(() => {
      clearTimeout(one.timer)
      pauses.delete(one)
    })
  }

  return {
    pause,

    /** Repeats the request until its answer is final. @throws ClientError with the server's reason, or what the client ended with */
    async insist<T>(request: () => Promise<Reply<T>>, room?: string): Promise<T> {
      for (let attempt = 0; ; attempt += 1) {
        if (ended) throw ended
        const reply = await request()
        if (reply.ok) return reply.value
        if (!isTemporary(reply.reason)) throw refused(reply.reason, room === undefined ? {} : { room })
        await pause(attempt, reply.retryAfterMs)
      }
    },

    /** Something that was impossible may be possible now: all pauses end. */
    wake() {
      for (const { resolve } of pauses) resolve()
    },

    isOver: () => ended !== null,
    /** @throws the error that the client ended with */
    check() {
      if (ended) throw ended
    },

    end(cause: Error) {
      ended = cause
      for (const { reject } of pauses) reject(cause)
    }
  }
}
