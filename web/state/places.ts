// The open rooms of this tab and how far each was read, stored over a reload.
import * as v from 'valibot'

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

const keptPlace = v.object({ epoch: v.string(), seq: v.number() })
const isObject = (value: unknown) => typeof value === 'object' && value !== null
// Not v.record: it leaves out some of the keys that rooms may have.
const keptPlaces = v.object({
  rooms: v.optional(v.array(v.string()), []),
  read: v.optional(v.custom<object>(isObject), {})
})

/** What an earlier page kept; what can't be read is as if new. */
function readKept(text: string | null): { rooms: string[]; read: [room: string, Place][] } {
  try {
    const { rooms, read } = v.parse(keptPlaces, JSON.parse(text ?? '{}'))
    return {
      rooms,
      read: Object.entries(read).flatMap(([room, place]) => (v.is(keptPlace, place) ? [[room, place]] : []))
    }
  } catch {
    return { rooms: [], read: [] }
  }
}

export function tabPlaces(person: string, storage: Storage): Places {
  const key = `taifas:places:${person}`
  const kept = readKept(storage.getItem(key))
  let { rooms } = kept
  const read = new Map(kept.read)
  function save() {
    try {
      // Own properties, also `__proto__`.
      storage.setItem(key, JSON.stringify({ rooms, read: Object.fromEntries(read) }))
    } catch {
      // A full storage costs an unread count after a reload, nothing else.
    }
  }
  return {
    get: (room) => read.get(room),
    set(room, place) {
      read.set(room, place)
      save()
    },
    opened: () => rooms,
    keepOpen(opened) {
      rooms = opened
      save()
    }
  }
}
