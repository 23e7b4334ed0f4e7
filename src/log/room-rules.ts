// What the settings of a room refuse, and how a change of them is applied. The embedded store uses this; the Redis scripts do the same
// in Lua, and same-in-both-stores.redis.test.ts compares them.
import { PINS_MAX, type Room, type RoomChange } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { Change } from './message-log.ts'

/** The change in a form that every store can write: no lone surrogates. */
export function wellFormed<C extends RoomChange>(change: C): C {
  const { title, topic } = change
  return {
    ...change,
    ...(title !== undefined && { title: title.toWellFormed() }),
    ...(topic !== undefined && { topic: topic.toWellFormed() })
  }
}

/** The room after the change, or the same object if nothing changes. A setting that was taken back is absent. */
export function changed(room: Room, change: RoomChange): Room {
  const settings = Object.entries(wellFormed(change)).filter(([, value]) => value !== undefined)
  const next = new Map<string, unknown>([...Object.entries(room), ...settings])
  for (const [name, value] of settings) if (!value) next.delete(name)
  const isSame = [...settings, ...next].every(([name]) => next.get(name) === room[name as keyof Room])
  return isSame ? room : ({ ...Object.fromEntries(next), rev: (room.rev ?? 0) + 1 } as Room)
}

/**
 * The room with or without this pin, and without those of messages that are gone. The same object if nothing changes.
 * @throws ChatError no-message, too-many
 */
export function pinned(room: Room, message: string, on: boolean, isThere: (message: string) => boolean): Room {
  const { pins: before = [], ...rest } = room
  const pins = before.filter((id) => (on || id !== message) && isThere(id))
  if (on && !pins.includes(message)) {
    if (!isThere(message)) throw new ChatError('no-message')
    if (pins.length >= PINS_MAX) throw new ChatError('too-many')
    pins.push(message)
  }
  if (pins.join() === before.join()) return room
  return { ...rest, ...(pins.length > 0 && { pins }), rev: (room.rev ?? 0) + 1 }
}

export type SlowMode = ReturnType<typeof createSlowMode>

/** When the people of rooms in slow mode wrote last, for a store that one process has. Forgotten at a restart. */
export function createSlowMode(now: () => number) {
  const rooms = new Map<string, Map<string, number>>()

  /** In the order of their times: those whose wait is over come first. */
  function note(room: string, who: string, waitMs: number) {
    const wroteAt = rooms.get(room) ?? new Map<string, number>()
    for (const [other, at] of wroteAt) {
      if (at + waitMs > now()) break
      wroteAt.delete(other)
    }
    wroteAt.delete(who)
    rooms.set(room, wroteAt.set(who, now()))
  }

  /**
   * Returns what to call once the change is stored.
   * @throws ChatError room-closed, read-only, slow-mode
   */
  return function check(room: Room, change: Change): () => void {
    const { id, archived, readOnly, slowSeconds, by } = room
    const { kind, asModerator } = change
    const waitMs = (slowSeconds ?? 0) * 1_000
    const who = change.slowed ?? change.by.id ?? change.by.name
    if (waitMs === 0) rooms.delete(id)
    if (archived && kind !== 'removed') throw new ChatError('room-closed')
    const isFree = kind === 'removed' || kind === 'reacted' || asModerator || (by !== null && change.by.id === by)
    if (readOnly && !isFree) throw new ChatError('read-only')
    if (isFree || kind !== 'sent' || waitMs === 0) return () => {}
    const left = (rooms.get(id)?.get(who) ?? -Infinity) + waitMs - now()
    if (left > 0) throw new ChatError('slow-mode', left)
    return () => note(id, who, waitMs)
  }
}
