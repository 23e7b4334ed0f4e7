// Ids derived from an event, the same in every life of a program: what is done under them twice is kept once.
import { ID_BYTES, idFromBytes } from '../../src/contract.ts'

/** 128 bits of SHA-256 over these parts, in the grammar of a message's id. */
export async function derivedId(...parts: readonly (string | number)[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts))
  return idFromBytes(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes), 0, ID_BYTES))
}

/** Web Crypto is there in Node, on https pages and on localhost. @throws where it isn't */
export function needDerivedIds(): void {
  if (!(globalThis.crypto as typeof crypto | undefined)?.subtle)
    throw new Error('Handlers need Web Crypto, which browsers give to https pages and localhost only.')
}
