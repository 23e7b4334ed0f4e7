// The rooms that everyone sees, in Redis: their list, their titles, and where their logs end.
import { LOBBY, newId, PRIVATE_PREFIX, type Room } from '../../contract.ts'
import { looksLike } from '../../names.ts'
import type { Ask } from '../../redis/commands.ts'
import type { Run, Script } from '../../redis/scripts.ts'
import type { MessageLog } from '../message-log.ts'
import { wellFormed } from '../room-rules.ts'
import { refuseAlike, sameRoom } from '../same-title.ts'
import { roomKey, sharedKeys } from './keys.ts'
import * as replies from './replies.ts'
import { headsScript } from './scripts/heads.ts'
import { changeRoomScript, createRoomScript, emptyRoomsScript, removeRoomScript, roomsScript } from './scripts/rooms.ts'

/** Far more than there are rooms. A forgotten title is read and compared again. */
const TITLES_REMEMBERED = 10_000

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

  /** Titles by state of a room, as far as a new title was compared with them. */
  const titles = new Map<string, string>()
  const titleKey = ({ id, at, rev = 0 }: Room) => `${id} ${at} ${rev}`

  /** Runs a script that gives somebody a title until it has been compared with all others. `refuse` throws, or returns the same room. */
  async function withTitle(
    { id, title }: Pick<Room, 'id' | 'title'>,
    run: (compared: string[]) => Promise<unknown>,
    refuse: (others: Room[]) => Room | undefined
  ): Promise<Room> {
    // A removed room may have looked like this one, so a remembered title refuses nothing by itself.
    const compared = [...titles].filter(([, other]) => !looksLike(other, title)).map(([seen]) => seen)
    for (;;) {
      const answer = await replies.reading(run(compared), replies.readCreatedRoom)
      if (!Array.isArray(answer)) return answer
      if (titles.size > TITLES_REMEMBERED) titles.clear()
      for (const other of answer) titles.set(titleKey(other), other.title)
      const same = refuse(answer.filter((other) => other.id !== id))
      if (same) return same
      compared.push(...answer.map(titleKey))
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
    async createRoom(room, limit) {
      const { id, by, at } = room
      const title = room.title.toWellFormed()
      const rest = JSON.stringify({ id, title, by, at: Math.trunc(at) }).slice(1)
      const args = [id, by ?? '', title, `${limit}`, rest, newId()]
      return withTitle(
        { id, title },
        (compared) => withLobby(createRoomScript, [logOf(id)], [...args, ...compared]),
        (others) => sameRoom({ title, by }, others)
      )
    },
    async changeRoom(id, change) {
      const wanted = wellFormed(change)
      const { title = '' } = wanted
      return withTitle(
        { id, title },
        (compared) => {
          const args = [newId(), lobby, id, JSON.stringify(wanted), ...compared]
          return run(changeRoomScript, [...sharedKeys(prefix, id), logOf(LOBBY)], args)
        },
        (others) => {
          refuseAlike({ id, title }, others)
          return undefined
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
