// Limits on the bytes that wait for clients to read them.
import { getHeapStatistics } from 'node:v8'

export interface UnsentLimits {
  addressBytes: number
  processBytes: number
}

/** Part of the heap for waiting bytes. There are copies of them, and everything else needs memory too. */
const HEAP_PART = 1 / 6
const PROCESS_MAX_BYTES = 256_000_000
/** Part of the budget for one address: the same as its part of the connections, within these bounds. */
const ADDRESS_PART = { min: 0.25, max: 0.5 }

/** Limits for this process. Behind a proxy that is not trusted all people have one address, and CONNECTIONS_PER_ADDRESS says so. */
export function unsentLimits(
  { perAddress, max }: { perAddress: number; max: number },
  heapBytes = getHeapStatistics().heap_size_limit
): UnsentLimits {
  const processBytes = Math.min(PROCESS_MAX_BYTES, heapBytes * HEAP_PART)
  const part = Math.min(ADDRESS_PART.max, Math.max(ADDRESS_PART.min, perAddress / max))
  return { addressBytes: processBytes * part, processBytes }
}
