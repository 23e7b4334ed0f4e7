// Leases in Redis over HTTP, as Upstash speaks it.
import { Redis } from '@upstash/redis'
import { PRESENCE_DEADLINE_MS } from './redis.ts'
import { leasesThrough } from './script.ts'
import type { PresenceStore } from './store.ts'
import { StoreUnavailable } from '../errors.ts'

/** An idle connection may have been closed at the other end; then a second one answers. Writing a lease twice changes nothing. */
const RETRY = { retries: 1, backoff: () => 50 }

export function createPresenceUpstash(options: {
  url: string
  token: string
  prefix: string
  deadlineMs?: number
}): PresenceStore {
  const { url, token, prefix, deadlineMs = PRESENCE_DEADLINE_MS } = options
  const redis = new Redis({
    url,
    token,
    retry: RETRY,
    // Counts from the call on, retries included. One signal for all calls would end them all for good.
    signal: () => AbortSignal.timeout(deadlineMs),
    // A person may be called "123", "true" or "null".
    automaticDeserialization: false,
    enableAutoPipelining: false,
    enableTelemetry: false
  })
  let closed = false

  return {
    ...leasesThrough(async (command) => {
      if (closed) throw new StoreUnavailable('closed')
      try {
        return await redis.exec(command)
      } catch (cause) {
        throw new StoreUnavailable(`no answer over REST: ${reasonOf(cause)}`)
      }
    }, prefix),
    async close() {
      closed = true
    }
  }
}

/** Its errors carry the whole command, and with it everybody's name, which has no place in a log. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split(', command was')[0] ?? '') : String(cause)
}
