// Maps that are never changed in place, so that a signal sees each change. People choose the keys, so an object would not do: it
// inherits `constructor` and others.

/** The map with this entry in it. */
export const withEntry = <V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> =>
  new Map(map).set(key, value)

/** The map without this key; the same map if it has no such entry. */
export function withoutEntry<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  if (!map.has(key)) return map
  const others = new Map(map)
  others.delete(key)
  return others
}
