// Both stores refuse a room whose title looks like that of another room.
import { ChatError } from '../errors.ts'
import type { Room } from '../contract.ts'
import { looksLike } from '../names.ts'

/**
 * The room of the same creator with the same title, if there is one: then the request is a repeat.
 * @throws ChatError room-exists when another title looks like the wanted one
 */
export function sameRoom<R extends Pick<Room, 'title' | 'by'>>(
  wanted: Pick<R, 'title' | 'by'>,
  rooms: readonly R[]
): R | undefined {
  const alike = rooms.filter(({ title }) => looksLike(title, wanted.title))
  const same = alike.find(({ title, by }) => title === wanted.title && by === wanted.by)
  if (!same && alike.length > 0) throw new ChatError('room-exists')
  return same
}

/** For a room that gets this title. @throws ChatError room-exists when the title of another room looks like it */
export function refuseAlike(
  { id, title }: Pick<Room, 'id' | 'title'>,
  rooms: readonly Pick<Room, 'id' | 'title'>[]
): void {
  if (rooms.some((other) => other.id !== id && looksLike(other.title, title))) throw new ChatError('room-exists')
}
