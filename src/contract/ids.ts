// Recognizes identifiers.
import * as v from 'valibot'
import { id, roomId } from './grammar.ts'

/**
 * Who may see a room: all who are signed in, its members, or the few people that a direct conversation is between. The id says it,
 * so that nothing has to be read to keep a room from somebody, and no former build can take a room for an open one: ids of open rooms
 * never have two hyphens in a row.
 */
export type RoomKind = 'open' | 'private' | 'direct'
export const PRIVATE_PREFIX = 'private--'
export const DIRECT_PREFIX = 'direct--'

export function roomKind(room: string): RoomKind {
  if (room.startsWith(PRIVATE_PREFIX)) return 'private'
  return room.startsWith(DIRECT_PREFIX) ? 'direct' : 'open'
}

export const isOpen = (room: string): boolean => roomKind(room) === 'open'

export const isId = (value: unknown): value is string => v.is(id, value)
export const isRoomId = (value: unknown): value is string => v.is(roomId, value)
