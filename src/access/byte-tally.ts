// Sums of bytes by address.

/** Bytes by address, and of all (`null`). */
export function emptyTally() {
  const byAddress = new Map<string, number>()
  let total = 0
  return {
    add(address: string, bytes: number) {
      const sum = (byAddress.get(address) ?? 0) + bytes
      total += bytes
      if (sum > 0) byAddress.set(address, sum)
      else byAddress.delete(address)
    },
    of: (address: string | null) => (address === null ? total : (byAddress.get(address) ?? 0)),
    heaviestFirst: () => [...byAddress].toSorted(([, a], [, b]) => b - a).map(([address]) => address)
  }
}
