// How many bytes may wait for clients to read them.
import { getHeapStatistics } from 'node:v8'

export interface UnsentLimits {
  addressBytes: number
  processBytes: number
}

/** Part of the heap that waiting bytes may take: there are copies on their way, and everything else needs room too. */
const HEAP_PART = 1 / 6
const PROCESS_MAX_BYTES = 256_000_000
/** Part of the process' budget for one address: the part of the connections it may have, within these bounds. */
const ADDRESS_PART = { min: 0.25, max: 0.5 }

/** Limits for this process. Behind a proxy all people have one address, and CONNECTIONS_PER_ADDRESS says so. */
export function unsentLimits(
  { perAddress, max }: { perAddress: number; max: number },
  heapBytes = getHeapStatistics().heap_size_limit
): UnsentLimits {
  const processBytes = Math.min(PROCESS_MAX_BYTES, heapBytes * HEAP_PART)
  const part = Math.min(ADDRESS_PART.max, Math.max(ADDRESS_PART.min, perAddress / max))
  return { addressBytes: processBytes * part, processBytes }
}
