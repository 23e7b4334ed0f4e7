// The open rooms of this tab, and where the person reads in each, stored over a reload.
import * as v from 'valibot'

/** A message and its place, `top` pixels below the upper edge of the list. */
export interface Anchor {
  epoch: string
  seq: number
  id: string
  top: number
}

export interface Places {
  /** Where the person reads a room; undefined: at its end. */
  anchor(room: string): Anchor | undefined
  setAnchor(room: string, anchor: Anchor | undefined): void
  opened(): string[]
  keepOpen(rooms: string[]): void
}

const keptAnchor = v.object({ epoch: v.string(), seq: v.number(), id: v.string(), top: v.number() })
const isObject = (value: unknown) => typeof value === 'object' && value !== null
// Not v.record: it leaves out some of the keys that rooms may have.
const keptPlaces = v.object({
  rooms: v.optional(v.array(v.string()), []),
  anchors: v.optional(v.custom<object>(isObject), {})
})

/** What an earlier page kept; what can't be read is as if new. */
function readKept(text: string | null) {
  try {
    const { rooms, anchors } = v.parse(keptPlaces, JSON.parse(text ?? '{}'))
    // Own properties only.
    const known = Object.entries(anchors).flatMap(([room, one]): [string, Anchor][] =>
      v.is(keptAnchor, one) ? [[room, one]] : []
    )
    return { rooms, anchors: known }
  } catch {
    return { rooms: [], anchors: [] }
  }
}

export function tabPlaces(person: string, storage: Storage): Places {
  const key = `taifas:places:${person}`
  const kept = readKept(storage.getItem(key))
  let { rooms } = kept
  const anchors = new Map(kept.anchors)
  function save() {
    try {
      // Own properties, also `__proto__`.
      const stored = { rooms, anchors: Object.fromEntries(anchors) }
      storage.setItem(key, JSON.stringify(stored))
    } catch {
      // A full storage costs a position after a reload, nothing else.
    }
  }
  return {
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
