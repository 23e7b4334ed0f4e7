// Leases in Redis over its own protocol.
import { leasesThrough } from './script.ts'
import type { PresenceStore } from './store.ts'
import { StoreUnavailable } from '../errors.ts'

/** Longer than the slowest honest answer across an ocean, shorter than the time between two readings. */
export const PRESENCE_DEADLINE_MS = 2_500

/** What is needed of a node-redis client. */
export interface RedisDoor {
  sendCommand(command: string[], options: { abortSignal: AbortSignal }): Promise<unknown>
}

/** The client stays the caller's: closing the store doesn't close it. */
export function createPresenceRedis(options: {
  client: RedisDoor
  prefix: string
  deadlineMs?: number
}): PresenceStore {
  const { client, prefix, deadlineMs = PRESENCE_DEADLINE_MS } = options
  let closed = false

  async function ask(command: string[]): Promise<unknown> {
    if (closed) throw new StoreUnavailable('closed')
    // A connection that is on its way is waited for; what can't be written in time is withdrawn, not kept for later.
    const abortSignal = AbortSignal.timeout(deadlineMs)
    const { promise, reject } = Promise.withResolvers<never>()
    const deadline = setTimeout(() => reject(new StoreUnavailable(`no answer within ${deadlineMs} ms`)), deadlineMs)
    try {
      return await Promise.race([client.sendCommand(command, { abortSignal }), promise])
    } catch (cause) {
      throw cause instanceof StoreUnavailable ? cause : new StoreUnavailable('Redis refused', { cause })
    } finally {
      clearTimeout(deadline)
    }
  }

  return {
    ...leasesThrough(ask, prefix),
    async close() {
      closed = true
    }
  }
}
