// "Continue on another device": a link that opens one session of the person who made it, once, within a minute.
import { createHash } from 'node:crypto'
import { newId } from '../contract.ts'
import { CeremonyFailed } from '../errors.ts'
import type { AccountStore } from '../people/account-store.ts'
import { ALL_TOKENS, type RevocationList } from '../sessions/revocation-list.ts'

/** By the store's clock, so that the clocks of instances make no difference. */
export const LINK_LASTS_MS = 60_000

export type Links = ReturnType<typeof createLinks>

export function createLinks(options: {
  store: Pick<AccountStore, 'put' | 'take'>
  revocations: Pick<RevocationList, 'ready' | 'revokedBefore'>
}) {
  const { store, revocations } = options
  // Nobody who reads the store can use what is in it.
  const keyOf = (token: string) => `link-${createHash('sha256').update(token).digest('base64url')}`

  return {
    /** A token of 256 random bits, good as long as this session is; it may lead into a room. @throws StoreUnavailable */
    async create(person: string, session: string, room = ''): Promise<string> {
      const token = newId() + newId()
      await store.put(keyOf(token), `${person} ${session} ${room}`.trim(), LINK_LASTS_MS)
      return token
    },
    /**
     * @returns the id of the person who made it, and the room @throws CeremonyFailed expired, also when the session that made it has
     * ended; StoreUnavailable
     */
    async take(token: string): Promise<{ person: string; room: string | null }> {
      const [person, session, room = null] = (await store.take(keyOf(token)))?.split(' ') ?? []
      await revocations.ready()
      if (!person || !session || revocations.revokedBefore(session) === ALL_TOKENS) throw new CeremonyFailed('expired')
      return { person, room }
    }
  }
}
