// Where this tab stood in each room, kept over a reload: which rooms were open, and what had been read.

export interface Place {
  epoch: string
  seq: number
}

export interface Places {
  get(room: string): Place | undefined
  set(room: string, place: Place): void
  opened(): string[]
  keepOpen(rooms: string[]): void
}

export function tabPlaces(person: string, storage: Storage): Places {
  const key = `taifas:places:${person}`
  let kept: { rooms: string[]; read: Record<string, Place> } = { rooms: [], read: {} }
  try {
    kept = { ...kept, ...(JSON.parse(storage.getItem(key) ?? '{}') as typeof kept) }
  } catch {
    // Unreadable: as if new.
  }
  function save() {
    try {
      storage.setItem(key, JSON.stringify(kept))
    } catch {
      // A full storage costs an unread count after a reload, nothing else.
    }
  }
  return {
    get: (room) => kept.read[room],
    set(room, place) {
      kept.read[room] = place
      save()
    },
    opened: () => kept.rooms,
    keepOpen(rooms) {
      kept.rooms = rooms
      save()
    }
  }
}
