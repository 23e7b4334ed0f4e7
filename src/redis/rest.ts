// Commands over REST as Upstash speaks it, each in a request of its own.
import type { Redis } from '@upstash/redis'
import type { Ask } from './commands.ts'
import { asStoreError } from './errors.ts'

/**
 * An idle HTTP connection may have been closed at the other end; the retry opens a new one. Only for commands that may be executed twice.
 */
const RETRY = { retries: 1, backoff: () => 50 }

/**
 * Loads the client with the first command, so that deployments without REST never load it. An answer after the deadline is not received.
 */
export function createRestAsk({ url, token, deadlineMs }: { url: string; token: string; deadlineMs: number }): Ask {
  const settings = {
    url,
    token,
    retry: RETRY,
    // Counts from the call on, retries included. One signal for all calls would end them all for good.
    signal: () => AbortSignal.timeout(deadlineMs),
    // A person may be called "123", "true" or "null".
    automaticDeserialization: false,
    enableAutoPipelining: false,
    enableTelemetry: false
  }
  let redis: Promise<Redis> | undefined
  return async ([name = '', ...rest]) => {
    redis ??= import('@upstash/redis').then((client) => new client.Redis(settings))
    const client = await redis
    try {
      return await client.exec([name, ...rest])
    } catch (cause) {
      throw asStoreError(new Error(reasonOf(cause)))
    }
  }
}

/** The client's errors carry the whole command, and with it everyone's name; names do not belong in a log. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split(', command was')[0] ?? '') : String(cause)
}
