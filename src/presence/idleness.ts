// How long nobody has touched anything. Told by the minute, so that it may ride along with what is written anyway.
import type { Present } from '../contract.ts'

const MINUTE_MS = 60_000

/** The minute since when somebody last active at `activeAt` counts as idle, or nothing while they don't. */
export function idleSince(activeAt: number, now: number, idleAfterMs: number): number | undefined {
  return now - activeAt < idleAfterMs ? undefined : Math.floor(activeAt / MINUTE_MS) * MINUTE_MS
}

/** A person is as idle as the least idle of their devices. */
export function leastIdle(devices: Iterable<Present>): number | undefined {
  let latest: number | undefined
  for (const { idleSince } of devices) {
    if (idleSince === undefined) return undefined
    latest = Math.max(latest ?? idleSince, idleSince)
  }
  return latest
}

export function withIdle(who: Present, since: number | undefined): Present {
  if (who.idleSince === since) return who
  const { idleSince: _, ...active } = who
  return since === undefined ? active : { ...active, idleSince: since }
}
