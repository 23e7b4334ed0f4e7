// How many of the newest entries fit into a number of bytes. Redis trims streams by count only, so the count has to follow the sizes.

export interface ByteWindow {
  /** An entry of this size was written. */
  add(bytes: number): void
  /** Entries that may stay. */
  readonly entries: number
}

/** `maxEntries` as long as the newest `maxEntries` fit into `maxBytes`; fewer, but at least one, when they are larger. */
export function createByteWindow({ maxEntries, maxBytes }: { maxEntries: number; maxBytes: number }): ByteWindow {
  /** A ring: `count` sizes that end before `next`. */
  const sizes = new Float64Array(maxEntries)
  let next = 0
  let count = 0
  let total = 0
  /** Sizes were dropped for their bytes. Until then nothing is known to be too large. */
  let full = false

  function dropOldest() {
    total -= sizes[(next - count + maxEntries) % maxEntries] ?? 0
    count -= 1
  }

  return {
    add(bytes) {
      if (count === maxEntries) dropOldest()
      sizes[next] = bytes
      next = (next + 1) % maxEntries
      count += 1
      total += bytes
      while (total > maxBytes && count > 1) {
        dropOldest()
        full = true
      }
      if (count === maxEntries) full = false
    },
    get entries() {
      return full ? count : maxEntries
    }
  }
}
