// When to read again what this instance keeps in memory of a store. Bus messages bring changes at once, but may be lost: what is relied on
// has been read from the store a short time ago, or the store is known to be unavailable.
import type { Clock } from '../clock.ts'

/** What was read longer ago is read again before it is believed. Instances with connections read more often by themselves. */
const STALE_AFTER_MS = 30_000
/** Those who rely on it wait this long for the store, once per outage. */
const WAIT_MAX_MS = 1_000
/** While the store is unavailable it is asked this often at most. */
const RETRY_EVERY_MS = 2_000

export interface Freshness {
  /** Resolves once everything was read recently, or the store is known to be unavailable. Never rejects. */
  ready(): Promise<void>
  /** Reads what is new. Calls at the same time share one read. Never rejects. */
  refresh(): Promise<void>
  /** Reads what is new after this call. @throws StoreUnavailable */
  update(): Promise<void>
  /** Another read has shown whether there was something new at this time: reads it, or counts as a read. */
  compared(isNew: boolean, at: number): void
}

/** `read` reads everything new. `onError` is called once per outage. */
export function createFreshness(options: {
  read(): Promise<void>
  clock: Clock
  onError(cause: unknown): void
}): Freshness {
  const { read, clock, onError } = options
  let readAt = -Infinity
  let triedAt = -Infinity
  let unavailable = false
  /** Somebody has waited for the store in vain. */
  let slow = false
  let reading: Promise<void> | null = null

  async function readNow() {
    triedAt = clock.now()
    try {
      await read()
      readAt = triedAt
      unavailable = false
      slow = false
    } catch (cause) {
      if (!unavailable) onError(cause)
      unavailable = true
      throw cause
    }
  }

  const readOnce = () => (reading ??= readNow().finally(() => (reading = null)))
  const refresh = () => readOnce().catch(() => {})

  return {
    refresh,
    async update() {
      await reading?.catch(() => {})
      await readOnce()
    },
    compared(isNew, at) {
      if (isNew || unavailable || readAt === -Infinity) void refresh()
      else readAt = Math.max(readAt, at)
    },
    async ready() {
      if (clock.now() - readAt <= STALE_AFTER_MS) return
      if (unavailable || slow) {
        if (clock.now() - triedAt >= RETRY_EVERY_MS) void refresh()
        return
      }
      const { promise: tooLong, resolve } = Promise.withResolvers<void>()
      const cancel = clock.after(WAIT_MAX_MS, resolve)
      await Promise.race([refresh(), tooLong])
      cancel()
      slow = reading !== null
    }
  }
}
