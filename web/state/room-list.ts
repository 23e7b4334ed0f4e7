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
  /** Changes since each list that is on its way was asked for. It may be from before them, so they are made once more in it. */
  const underway = new Set<(() => void)[]>()

  function change(make: () => void) {
    make()
    for (const changes of underway) changes.push(make)
  }

  /** A room was created or changed. */
  function add(room: Room) {
    const known = list.value.find(({ id }) => id === room.id)
    if (known && !isNewer(room, known)) return
    const now = { ...room, people: known?.people ?? 0 }
    list.value = known ? list.value.map((one) => (one === known ? now : one)) : [...list.value, now]
    const open = opened(room.id)
    if (open && isNewer(room, open.room.value)) open.room.value = room
  }

  /** Somebody has another name now, or has left for good: direct conversations are called by the people in them. */
  function rename({ key, name = '', former }: Profile) {
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
  }

  return {
    list,
    listed,

    async refresh() {
      const changes: (() => void)[] = []
      underway.add(changes)
      const reply = await allRooms(ask)
      underway.delete(changes)
      if (!reply.ok) return
      list.value = reply.value
      for (const make of changes) make()
      listed.value = true
      refreshed()
    },

    added: (room: Room) => change(() => add(room)),
    renamed: (profile: Profile) => change(() => rename(profile)),

    /** A room was removed. If it is open, it is shown like a room that does not exist. */
    removed(id: string) {
      change(() => (list.value = list.value.filter((known) => known.id !== id)))
      const room = opened(id)
      if (room) room.refused.value = 'no-room'
    }
  }
}

const isNewer = ({ rev = 0 }: Room, than: Room) => rev > (than.rev ?? 0)
