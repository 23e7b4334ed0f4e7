// Recognizes identifiers, without the schemas of grammar.ts, which the page does not load.

export const ID = /^[A-Za-z0-9_-]{22}$/
export const ROOM_ID = /^[a-z0-9-]{1,64}$/

export const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value)
export const isRoomId = (value: unknown): value is string => typeof value === 'string' && ROOM_ID.test(value)
