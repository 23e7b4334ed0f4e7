// The open rooms of this tab, and where the person reads in each, stored over a reload.
import { isNumber, isObject, isText, reader } from '../engine/shape.ts'

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

const readAnchor = reader({ epoch: isText, seq: isNumber, id: isText, top: isNumber }, {})
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText)
const readPlaces = reader({}, { rooms: isTexts, anchors: isObject })

/** What an earlier page earlier; what can't be read is as if new. */
function readStored(text: string | null) {
  try {
    const { rooms = [], anchors = {} } = readPlaces(JSON.parse(text ?? '{}')) ?? {}
    // Own properties only.
    const known = Object.entries(anchors).flatMap(([room, one]): [string, Anchor][] => {
      const anchor = readAnchor(one)
      return anchor ? [[room, anchor]] : []
    })
    return { rooms, anchors: known }
  } catch {
    return { rooms: [], anchors: [] }
  }
}

export function tabPlaces(person: string, storage: Storage): Places {
  const key = `taifas:places:${person}`
  const earlier = readStored(storage.getItem(key))
  let { rooms } = earlier
  const anchors = new Map(earlier.anchors)
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
