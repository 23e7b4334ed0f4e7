// Ids derived from an event, the same in every run of a program: whatever is done twice under one id is stored once.
import { ID_BYTES, idFromBytes } from '../../src/contract.ts'

/** The first 128 bits of SHA-256 over these parts, as a message id. */
export async function derivedId(...parts: readonly (string | number)[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts))
  return idFromBytes(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes), 0, ID_BYTES))
}

/** Web Crypto exists in Node, on https pages and on localhost. @throws where it doesn't */
export function needDerivedIds(): void {
  if (!(globalThis.crypto as typeof crypto | undefined)?.subtle)
    throw new Error('Handlers need Web Crypto, which browsers give to https pages and localhost only.')
}
