// Identifiers.
import * as v from 'valibot'
import { id, roomId } from './grammar.ts'

export const ID_BYTES = 16
const ID_CHARACTERS = 22

export const isId = (value: unknown): value is string => v.is(id, value)
export const isRoomId = (value: unknown): value is string => v.is(roomId, value)

/** Random bytes are drawn for many ids at once: drawing them one by one costs three times as much. */
const drawn = new Uint8Array(ID_BYTES * 64)
let left = 0

/** A random id: 128 bits of the CSPRNG. Works in Node and in browsers. */
export function newId(): string {
  if (left === 0) left = crypto.getRandomValues(drawn).length
  left -= ID_BYTES
  return idFromBytes(drawn.subarray(left, left + ID_BYTES))
}

/** The id of 16 bytes: base64url without padding. Browsers have no `Buffer`. */
export const idFromBytes = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .slice(0, ID_CHARACTERS)
