// The rooms that this instance knows. Finding an unknown one costs one small read, however many rooms there are.
import { isOpen, type Room } from '../contract.ts'
import type { MessageLog } from '../log/message-log.ts'
import type { Clock } from '../clock.ts'
import type { SharedReads } from '../log/shared-reads.ts'

/** Clients that connect at the same moment share one read of all rooms. */
export const LIST_KEPT_FOR_MS = 1_000

export interface RoomDirectory {
  /** @throws ChatError no-room; StoreUnavailable */
  find(id: string): Promise<Room>
  /**
   * All rooms, oldest first, at most one second old, with the bus messages since. The same list until something has changed.
   * @throws StoreUnavailable
   */
  list(): Promise<readonly Room[]>
  /** An open room that is known already. */
  known(id: string): Room | undefined
  /** A room was created or changed, here or on another instance. */
  add(room: Room): void
  /** A room was removed, here or on another instance. */
  remove(id: string): void
}

/** `isReceiving`: bus messages arrive, so a room created elsewhere is known here at once. */
export function createRoomDirectory(options: {
  log: Pick<MessageLog, 'rooms'>
  reads: Pick<SharedReads, 'room'>
  clock: Clock
  isReceiving(): boolean
}): RoomDirectory {
  const { log, reads, clock, isReceiving } = options
  let known = new Map<string, Room>()
  /** Those as a list, once somebody has asked for it. */
  let listed: readonly Room[] | null = null
  let readAt: number | null = null
  let reading: Promise<readonly Room[]> | null = null
  /** Rooms added since the current read started: its answer may lack them. */
  let added: Room[] = []
  /** Rooms removed since then: its answer may still hold them. */
  const removed = new Set<string>()

  async function read(): Promise<readonly Room[]> {
    const began = clock.now()
    added = []
    removed.clear()
    const rooms = await log.rooms()
    known = new Map([...rooms, ...added].filter(({ id }) => !removed.has(id)).map((room) => [room.id, room]))
    readAt = began
    listed = [...known.values()]
    return listed
  }

  function list(): Promise<readonly Room[]> {
    if (isReceiving() && readAt !== null && clock.now() - readAt < LIST_KEPT_FOR_MS)
      return Promise.resolve((listed ??= [...known.values()]))
    reading ??= read().finally(() => {
      reading = null
    })
    return reading
  }

  function add(room: Room) {
    const before = known.get(room.id)
    // A message about an earlier change may come later.
    if (before?.at === room.at && (before.rev ?? 0) > (room.rev ?? 0)) return
    known.set(room.id, room)
    listed = null
    added.push(room)
    removed.delete(room.id)
  }

  function remove(id: string) {
    known.delete(id)
    listed = null
    added = added.filter((room) => room.id !== id)
    removed.add(id)
  }

  return {
    list,
    known: (id) => known.get(id),
    add,
    remove,
    async find(id) {
      // Private rooms are in no list, and whether they exist is for their members.
      if (!isOpen(id)) return (await reads.room(id)).room
      // A new instance reads all rooms once, so that opening rooms needs no further read.
      if (!known.has(id) && readAt === null) await list()
      const room = known.get(id)
      if (room) return room
      const found = (await reads.room(id)).room
      add(found)
      return found
    }
  }
}
