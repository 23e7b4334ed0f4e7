// The browser's small storages, which a browser may refuse to its pages altogether.

/** Null where even asking for it throws. */
export function usable(storage: () => Storage): Storage | null {
  try {
    const probe = 'taifas:probe'
    storage().setItem(probe, '')
    storage().removeItem(probe)
    return storage()
  } catch {
    return null
  }
}

/** Lives as long as the page. */
export function memoryStorage(): Storage {
  const kept = new Map<string, string>()
  return {
    get length() {
      return kept.size
    },
    clear: () => kept.clear(),
    getItem: (key) => kept.get(key) ?? null,
    key: (place) => [...kept.keys()][place] ?? null,
    removeItem: (key) => void kept.delete(key),
    setItem: (key, value) => void kept.set(key, value)
  }
}
