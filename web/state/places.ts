// The open rooms of this tab, how far each was read, and where the person reads in it, stored over a reload.
import * as v from 'valibot'

export interface Place {
  epoch: string
  seq: number
}

/** A message and its place, `top` pixels below the upper edge of the list. */
export interface Anchor extends Place {
  id: string
  top: number
}

export interface Places {
  get(room: string): Place | undefined
  set(room: string, place: Place): void
  /** Where the person reads a room; undefined: at its end. */
  anchor(room: string): Anchor | undefined
  setAnchor(room: string, anchor: Anchor | undefined): void
  opened(): string[]
  keepOpen(rooms: string[]): void
}

const keptPlace = v.object({ epoch: v.string(), seq: v.number() })
const keptAnchor = v.object({ ...keptPlace.entries, id: v.string(), top: v.number() })
const isObject = (value: unknown) => typeof value === 'object' && value !== null
// Not v.record: it leaves out some of the keys that rooms may have.
const keptPlaces = v.object({
  rooms: v.optional(v.array(v.string()), []),
  read: v.optional(v.custom<object>(isObject), {}),
  anchors: v.optional(v.custom<object>(isObject), {})
})

/** Entries of own properties that have this shape. */
const entries = <T>(schema: v.GenericSchema<T, T>, stored: object): [room: string, T][] =>
  Object.entries(stored).flatMap(([room, value]) => (v.is(schema, value) ? [[room, value]] : []))

/** What an earlier page kept; what can't be read is as if new. */
function readKept(text: string | null) {
  try {
    const { rooms, read, anchors } = v.parse(keptPlaces, JSON.parse(text ?? '{}'))
    return { rooms, read: entries(keptPlace, read), anchors: entries(keptAnchor, anchors) }
  } catch {
    return { rooms: [], read: [], anchors: [] }
  }
}

export function tabPlaces(person: string, storage: Storage): Places {
  const key = `taifas:places:${person}`
  const kept = readKept(storage.getItem(key))
  let { rooms } = kept
  const read = new Map(kept.read)
  const anchors = new Map(kept.anchors)
  function save() {
    try {
      // Own properties, also `__proto__`.
      const stored = { rooms, read: Object.fromEntries(read), anchors: Object.fromEntries(anchors) }
      storage.setItem(key, JSON.stringify(stored))
    } catch {
      // A full storage costs an unread count and a position after a reload, nothing else.
    }
  }
  return {
    get: (room) => read.get(room),
    set(room, place) {
      read.set(room, place)
      save()
    },
    anchor: (room) => anchors.get(room),
    setAnchor(room, anchor) {
      if (anchor) anchors.set(room, anchor)
      else if (!anchors.delete(room)) return
      save()
    },
    opened: () => rooms,
    keepOpen(opened) {
      rooms = opened
      save()
    }
  }
}
