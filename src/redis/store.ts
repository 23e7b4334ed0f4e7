// What each store in Redis is made of.
import { createAsk } from './commands.ts'
import type { RedisClient } from './connection.ts'
import { createRun } from './scripts.ts'

export const STORE_DEADLINE_MS = 3_000

export interface RedisStoreOptions {
  /** From `connectRedis`. Stays the caller's to close. */
  client: RedisClient
  /** Before every key, as its hash tag: deployments with different prefixes share a Redis without meeting. */
  prefix: string
  /** How long Redis may take to answer. */
  deadlineMs?: number
  /** Milliseconds since 1970. Redis' own clock when left out, which all instances share. */
  now?: () => number
}

/** `time`: what a script takes as the time; '' for Redis' own clock. */
export function openRedisStore({ client, deadlineMs = STORE_DEADLINE_MS, now }: RedisStoreOptions) {
  const ask = createAsk(client, deadlineMs)
  return { ask, run: createRun(client, ask), time: () => `${now?.() ?? ''}` }
}
