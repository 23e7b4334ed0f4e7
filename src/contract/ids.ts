// Recognizes identifiers.
import * as v from 'valibot'
import { id, roomId } from './grammar.ts'

export const isId = (value: unknown): value is string => v.is(id, value)
export const isRoomId = (value: unknown): value is string => v.is(roomId, value)
