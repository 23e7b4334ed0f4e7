// The rooms that are open on this connection: beyond a number the one that was shown longest ago is closed.
import { signal } from '@preact/signals'
import { LOBBY, PERSON_ROOMS_MAX } from '../../src/contract.ts'
import type { Ask } from '../engine/socket.ts'
import { withEntry, withoutEntry } from '../engine/entries.ts'
import type { OpenRoom } from '../engine/room-sync.ts'

/** Fewer than the server allows a connection. */
export const OPEN_ROOMS_MAX = 150

interface OpenRoomsDeps {
  ask: Ask
  make(id: string): OpenRoom
  current(): string
  /** Rooms that were shown, the latest one last. */
  shown: ReadonlySet<string>
  isOnline(): boolean
}

export function keepOpenRooms({ ask, make, current, shown, isOnline }: OpenRoomsDeps) {
  const open = signal<ReadonlyMap<string, OpenRoom>>(new Map())

  function ensure(id: string): OpenRoom {
    const known = open.value.get(id)
    if (known) return known
    if (open.value.size >= OPEN_ROOMS_MAX) closeLeastUsed()
    const room = make(id)
    open.value = withEntry(open.value, id, room)
    return room
  }

  /** Its new messages are counted all the same. */
  function closeLeastUsed() {
    const order = [...shown]
    const [least] = [...open.value.keys()]
      .filter((id) => id !== LOBBY && id !== current())
      .toSorted((a, b) => order.indexOf(a) - order.indexOf(b))
    if (least === undefined) return
    open.value.get(least)?.offline()
    open.value = withoutEntry(open.value, least)
    if (isOnline()) void ask('room:leave', { room: least })
  }

  /** The server shows a person only in the rooms that they opened last. */
  const areMany = () => open.value.size > PERSON_ROOMS_MAX

  function catchUp(rooms: readonly OpenRoom[]) {
    const done = Promise.all(rooms.map((room) => room.catchUp()))
    // The current room has to be one of those, whichever rooms were opened after it.
    if (areMany()) void done.then(() => (isOnline() ? open.value.get(current())?.catchUp() : undefined))
  }

  return { open, ensure, areMany, catchUp }
}
