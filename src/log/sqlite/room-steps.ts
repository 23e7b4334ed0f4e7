// Steps of a group that create, change and remove rooms: each refuses before its first write.
import { isOpen, LOBBY, newId, type Room, type RoomChange } from '../../contract.ts'
import { ChatError } from '../../errors.ts'
import { ROOMS_PER_PERSON } from '../limits.ts'
import { changed, pinned } from '../room-rules.ts'
import { refuseAlike, sameRoom } from '../same-title.ts'
import type { Step } from './group-commit.ts'
import type { RoomRow } from './row-shapes.ts'
import type { Rows } from './rows.ts'
import { wipeRoom, type Trimming } from './trim.ts'

export function creatingRoom(rows: Rows, room: Room, limit: number): Step<Room> {
  return () => {
    const there = rows.room(room.id)?.room
    if (there) {
      if (there.by !== room.by || there.title !== room.title) throw new ChatError('room-exists')
      return () => there
    }
    const made = { ...room, title: room.title.toWellFormed(), at: Math.trunc(room.at) }
    const same = rows.room(sameRoom(made, rows.alike(made.title))?.id ?? '')?.room
    if (same) return () => same
    const { total, own } = rows.countRooms(made.by)
    if (total >= limit || own >= ROOMS_PER_PERSON) throw new ChatError('rooms-full')
    return () => {
      rows.addRoom(made, newId())
      return made
    }
  }
}

export const changingRoom = (rows: Rows, id: string, change: RoomChange): Step<Room> =>
  storing(rows, id, ({ room }) => {
    const next = changed(room, change)
    if (isOpen(id) && next.title !== room.title) refuseAlike(next, rows.alike(next.title))
    return next
  })

export const pinning = (rows: Rows, id: string, message: string, on: boolean): Step<Room> =>
  storing(rows, id, ({ n, room }) => pinned(room, message, on, (other) => rows.isThere(n, other)))

/** Stores what `change` makes of a room. */
function storing(rows: Rows, id: string, change: (row: RoomRow) => Room): Step<Room> {
  return () => {
    const row = rows.room(id)
    if (!row) throw new ChatError('no-room')
    const next = change(row)
    return () => {
      if (next !== row.room) rows.changeRoom(row.n, next)
      return next
    }
  }
}

export function removingRooms(to: Trimming, ids: readonly string[], areDeserted: boolean): Step<string[]> {
  const { rows } = to
  return () => () =>
    ids.filter((id) => {
      const room = rows.room(id)
      if (!room || id === LOBBY) return false
      if (areDeserted ? room.members?.length !== 0 : rows.holdsMessages(room.n)) return false
      if (areDeserted) wipeRoom(to, room)
      rows.removeRoom(room.n)
      return true
    })
}
