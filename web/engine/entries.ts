// Maps that are never changed in place, so that a signal sees each change. They are keyed by what people choose, for which an object
// will not do: it inherits `constructor` and others.

/** The map with this entry in it. */
export const withEntry = <V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> =>
  new Map(map).set(key, value)

/** The map without the entry of this key; the same map if there is none. */
export function withoutEntry<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  if (!map.has(key)) return map
  const others = new Map(map)
  others.delete(key)
  return others
}
