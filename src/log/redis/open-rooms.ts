// The rooms that everyone sees, in Redis: their list, their titles, and where their logs end.
import { ChatError } from '../../errors.ts'
import { LOBBY, newId, PRIVATE_PREFIX, type Room } from '../../contract.ts'
import type { Ask } from '../../redis/commands.ts'
import type { Run, Script } from '../../redis/scripts.ts'
import { ROOMS_PER_PERSON } from '../limits.ts'
import type { MessageLog } from '../message-log.ts'
import { wellFormed } from '../room-rules.ts'
import { refuseAlike, sameRoom } from '../same-title.ts'
import { roomKey, sharedKeys } from './keys.ts'
import { createKnownRooms } from './known-rooms.ts'
import * as replies from './replies.ts'
import { headsScript } from './scripts/heads.ts'
import { changeRoomScript, createRoomScript, emptyRoomsScript, removeRoomScript, roomsScript } from './scripts/rooms.ts'

export function createOpenRooms(options: {
  ask: Ask
  run: Run
  prefix: string
  /** The lobby as it is made when it is missing. */
  lobby: string
  /** Every key of a room. */
  countedKeysOf(room: string): string[]
}): Pick<MessageLog, 'rooms' | 'heads' | 'createRoom' | 'changeRoom' | 'removeRooms'> {
  const { ask, run, prefix, lobby, countedKeysOf } = options
  const shared = sharedKeys(prefix, LOBBY)
  const logOf = (room: string) => roomKey(prefix, room, 'log')
  const withLobby = (script: Script, keys: string[] = [], args: string[] = []) =>
    run(script, [...shared, logOf(LOBBY), ...keys], [newId(), lobby, ...args])

  /** Empty, as of no state, until a title is given. */
  let known = createKnownRooms()

  /** Runs a script that gives a title until all rooms are as they were when it was free. `refuse` throws, or returns the same room. */
  async function withTitle(
    isFree: () => boolean,
    refuse: () => Room | undefined,
    give: (asOf: string) => Promise<unknown>
  ): Promise<Room> {
    // What is known may be out of date, so it refuses nothing by itself.
    let asOf = isFree() ? known.state : ''
    for (;;) {
      const answer = await replies.reading(give(asOf), replies.readTitledRoom)
      if ('room' in answer) {
        if (answer.state && known.state === asOf) known.made(answer.room, answer.state)
        return answer.room
      }
      known = answer.known
      const same = refuse()
      if (same) return same
      asOf = known.state
    }
  }

  return {
    async rooms() {
      const all = await replies.reading(ask(['HVALS', shared[1]]), replies.readRooms)
      return all.some(({ id }) => id === LOBBY) ? all : replies.reading(withLobby(roomsScript), replies.readRooms)
    },
    async heads(others = []) {
      const hiddenHeads = sharedKeys(prefix, PRIVATE_PREFIX)[0]
      const [open, hidden] = await Promise.all([
        replies.reading(ask(['HGETALL', shared[0]]), replies.readHeads),
        others.length === 0
          ? new Map()
          : replies.reading(ask(['HMGET', hiddenHeads, ...others]), replies.readHeadsOf(others))
      ])
      const all = open.has(LOBBY) ? open : await replies.reading(withLobby(headsScript), replies.readHeads)
      return new Map([...all, ...hidden])
    },
    async createRoom(room, limit, areNoted = false) {
      const { id, by, at } = room
      const title = room.title.toWellFormed()
      const isFull = () => known.size >= limit || known.ownedBy(by) >= ROOMS_PER_PERSON
      return withTitle(
        () => known.alike(title).length === 0 && !isFull(),
        () => {
          const same = sameRoom({ title, by }, known.alike(title))
          if (!same && isFull()) throw new ChatError('rooms-full')
          return same
        },
        (asOf) => {
          const placed = JSON.stringify({ n: known.nextPlace, id, title, by, at: Math.trunc(at) })
          const args = [id, by ?? '', title, placed, newId(), asOf, areNoted ? '1' : '']
          return withLobby(createRoomScript, [logOf(id)], args)
        }
      )
    },
    async changeRoom(id, change, areNoted = false) {
      const wanted = wellFormed(change)
      const { title = '' } = wanted
      return withTitle(
        () => known.alike(title).every((room) => room.id === id),
        () => {
          refuseAlike({ id, title }, known.alike(title))
          return undefined
        },
        (asOf) => {
          const args = [newId(), lobby, id, JSON.stringify(wanted), asOf, areNoted ? '1' : '']
          return run(changeRoomScript, [...sharedKeys(prefix, id), logOf(LOBBY)], args)
        }
      )
    },
    async removeRooms(ids, which = 'empty') {
      if (ids.length === 0) return []
      const living = ids.map((id) => roomKey(prefix, id, 'living'))
      const readEmpty = () => replies.reading(run(emptyRoomsScript, living, []), replies.readPlaces)
      const some = which === 'empty' ? (await readEmpty()).map((place) => ids[place - 1] ?? LOBBY) : ids
      const gone: string[] = []
      for (const id of some) if ((await run(removeRoomScript, countedKeysOf(id), [id, which])) === '1') gone.push(id)
      return gone
    }
  }
}
