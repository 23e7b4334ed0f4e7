// The browser's small storages. A browser may refuse them to its pages.

/** Null where the browser refuses it, which may throw as soon as it is named. */
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

/** Lasts as long as the page. */
export function memoryStorage(): Storage {
  const entries = new Map<string, string>()
  return {
    get length() {
      return entries.size
    },
    clear: () => entries.clear(),
    getItem: (key) => entries.get(key) ?? null,
    key: (index) => [...entries.keys()][index] ?? null,
    removeItem: (key) => void entries.delete(key),
    setItem: (key, value) => void entries.set(key, value)
  }
}
