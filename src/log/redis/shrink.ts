// Applies limits that were lowered before this start, in all rooms of a deployment.
import * as v from 'valibot'
import { LOBBY, PRIVATE_PREFIX } from '../../contract.ts'
import type { Ask } from '../../redis/commands.ts'
import type { Run } from '../../redis/scripts.ts'
import { countSlack } from '../limits.ts'
import { workInSlices } from '../slices.ts'
import { END_FIELDS, sharedKeys } from './keys.ts'
import { readPlaces } from './replies.ts'
import { relieveScript } from './scripts/relieve.ts'
import { largeRoomsScript } from './scripts/rooms.ts'

/** Rooms that one step looks at. */
const ROOMS_AT_ONCE = 500

const ids = v.array(v.string())
const noRooms: ReadonlySet<string> = new Set(Object.values(END_FIELDS))

/** The ids of all rooms of a deployment, open, private and direct. */
export async function everyRoom(ask: Ask, prefix: string): Promise<string[]> {
  const kinds = [LOBBY, PRIVATE_PREFIX].map((kind) => ask(['HKEYS', sharedKeys(prefix, kind)[0]]))
  const fields = (await Promise.all(kinds)).flatMap((answer) => v.parse(ids, answer))
  return fields.filter((field) => !noRooms.has(field))
}

/** Works in slices, and returns a function that stops it. */
export function shrinkLargeRooms(options: {
  ask: Ask
  run: Run
  prefix: string
  historyLimit: number
  roomBytesMax: number
  /** As relieveScript takes them. */
  keysOf(room: string): string[]
  /** As largeRoomsScript takes them. */
  sizeKeysOf(room: string): string[]
  /** Milliseconds since 1970, or '' for Redis' own clock. */
  now(): string
  /** Called once, before the first message is removed. */
  onShrink?: (() => void) | undefined
}): () => void {
  const { ask, run, prefix, historyLimit, roomBytesMax, keysOf, sizeKeysOf, now } = options
  let { onShrink } = options
  // Messages that are counted later may be as many again as the slack.
  const most = [`${historyLimit + 2 * countSlack(historyLimit) + 1}`, `${roomBytesMax}`]
  /** Null until they are read. */
  let unseen: string[] | null = null
  let large: string[] = []

  return workInSlices(async () => {
    unseen ??= await everyRoom(ask, prefix)
    const [room] = large
    if (room !== undefined) {
      const args = [room, now(), 'limits', '', `${historyLimit}`, `${roomBytesMax}`]
      if (Number(await run(relieveScript, keysOf(room), args)) === 0) large.shift()
      return true
    }
    const some = unseen.slice(0, ROOMS_AT_ONCE)
    if (some.length === 0) return false
    const places = readPlaces(await run(largeRoomsScript, some.flatMap(sizeKeysOf), most))
    unseen = unseen.slice(ROOMS_AT_ONCE)
    large = some.filter((_, n) => places.includes(n + 1))
    if (large.length === 0) return true
    onShrink?.()
    onShrink = undefined
    return true
  })
}
