// Makes identifiers. Apart from their grammar, because the sign-in form makes one and needs no schemas.

export const ID_BYTES = 16
const ID_CHARACTERS = 22

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
