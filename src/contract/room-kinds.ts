// Kinds of rooms.

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
