// Retries that end with the client: nothing goes on in the background of one that was closed.
import type { Reply } from '../../src/contract.ts'
import { STORE_RETRY, isTemporary, retryDelayMs } from '../engine/backoff.ts'
import { ClientError, refused } from './client-error.ts'

/** After a final refusal a read that can't be left out is tried again, up to this much later. */
const REFUSED_MAX_MS = 10_000

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

  /** Repeats the request until its answer is final. @throws ClientError with the server's reason, or what the client ended with */
  async function insist<T>(request: () => Promise<Reply<T>>, room?: string): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      if (ended) throw ended
      const reply = await request()
      if (reply.ok) return reply.value
      if (!isTemporary(reply.reason))
        throw refused(reply.reason, { ...(room !== undefined && { room }), why: reply.why })
      await pause(attempt, reply.retryAfterMs)
    }
  }

  return {
    pause,
    insist,

    /** Repeats the request until it succeeds, and reports final refusals. @throws what the client ended with */
    async untilRead<T>(
      request: () => Promise<Reply<T>>,
      room: string,
      report: (error: ClientError) => void
    ): Promise<T> {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await insist(request, room)
        } catch (cause) {
          if (ended || !(cause instanceof ClientError)) throw cause
          report(cause)
          await pause(attempt, Math.min(REFUSED_MAX_MS, STORE_RETRY.firstMs * 2 ** attempt))
        }
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
