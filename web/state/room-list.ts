// The rooms that this person may see, and what is known of them.
import { signal } from '@preact/signals'
import type { Profile, Room, RoomSummary } from '../../src/contract.ts'
import { allRooms } from '../engine/all-rooms.ts'
import type { Ask } from '../engine/socket.ts'
import type { OpenRoom } from '../engine/room-sync.ts'

interface RoomListDeps {
  ask: Ask
  opened(id: string): OpenRoom | undefined
  /** The server has sent the whole list. */
  refreshed(): void
}

export function keepRoomList({ ask, opened, refreshed }: RoomListDeps) {
  const list = signal<readonly RoomSummary[]>([])
  const listed = signal(false)
  return {
    list,
    listed,

    async refresh() {
      const reply = await allRooms(ask)
      if (!reply.ok) return
      list.value = reply.value
      listed.value = true
      refreshed()
    },

    /** A room was created or changed. */
    added(room: Room) {
      const known = list.value.find(({ id }) => id === room.id)
      if (known && !isNewer(room, known)) return
      const now = { ...room, people: known?.people ?? 0 }
      list.value = known ? list.value.map((one) => (one === known ? now : one)) : [...list.value, now]
      const open = opened(room.id)
      if (open && isNewer(room, open.room.value)) open.room.value = room
    },

    /** Somebody has another name now, or has left for good: direct conversations are called by the people in them. */
    renamed({ key, name = '', former }: Profile) {
      const isIn = ({ members }: Room) => members?.some((one) => one.key === key) ?? false
      if ((!name && !former) || !list.value.some(isIn)) return
      const now = <R extends Room>(room: R): R => ({
        ...room,
        members: room.members!.map((one) => (one.key === key ? { ...one, name } : one))
      })
      list.value = list.value.map((room) => {
        if (!isIn(room)) return room
        const open = opened(room.id)
        if (open && isIn(open.room.value)) open.room.value = now(open.room.value)
        return now(room)
      })
    },

    /** A room was removed. If it is open, it is shown like a room that does not exist. */
    removed(id: string) {
      list.value = list.value.filter((known) => known.id !== id)
      const room = opened(id)
      if (room) room.refused.value = 'no-room'
    }
  }
}

const isNewer = ({ rev = 0 }: Room, than: Room) => rev > (than.rev ?? 0)
