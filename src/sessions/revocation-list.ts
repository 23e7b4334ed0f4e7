// The revoked sessions as this instance knows them: what it revoked itself, what the bus brought, and what it read from the store.
// Every token is checked against this list; nothing is asked for a token while the list is recent.
import { STORED_VERSION } from '../contract.ts'
import { ALL_TOKENS, REVOCATIONS_KEPT_MS, REVOCATIONS_MAX, type Revocation, type RevocationStore } from './store.ts'
import type { Clock } from '../clock.ts'
import type { BusMessage, Bus } from '../bus/messages.ts'
import { createFreshness } from './freshness.ts'

export { ALL_TOKENS }

/** Ended sessions that wait for an unavailable store. More are ended on this instance and on those that receive it, until they restart. */
const OWED_MAX = 10_000

export interface RevocationList {
  /** Tokens of this session that were issued before this time are void; 0 when all are good. */
  revokedBefore(session: string): number
  /** Whether a session's token is void, by a recent list. */
  isRevoked(token: { id: string; issuedAt: number }): Promise<boolean>
  /** Resolves once the list is recent, or the store is known to be unavailable. Never rejects. */
  ready(): Promise<void>
  /** Reads what is new in the store, and stores what could not be stored before. Never rejects. */
  refresh(): Promise<void>
  /**
   * Does the same if the store ended after what is known here at a time; `end` is the place of its last entry, if a build that notes it
   * wrote one.
   */
  compare(end: string | undefined, at: number): void
  /**
   * Voids tokens. A whole session ends on this instance at once; the promise resolves once the revocation is stored.
   * @throws StoreUnavailable; a whole session then stays ended here and is stored when the store answers again. A rename changed nothing.
   */
  revoke(revocation: Revocation): Promise<void>
  /** Called once for every revocation that is news to this instance, wherever it came from. */
  onRevoked(listener: (revocation: Revocation) => void): void
}

export function createRevocationList(options: {
  store: RevocationStore
  bus: Bus
  clock: Clock
  onError(cause: unknown): void
}): RevocationList {
  const { store, bus, clock, onError } = options
  /** In the order in which they were learned, which is nearly that of their age. */
  const known = new Map<string, { before: number; learnedAt: number }>()
  /** Ended here, and not stored yet. */
  const owed = new Set<string>()
  const listeners: ((revocation: Revocation) => void)[] = []
  let place: string | null = null

  const revokedBefore = (session: string) => known.get(session)?.before ?? 0

  function learn(revocation: Revocation) {
    const { session, before } = revocation
    if (before <= revokedBefore(session)) return
    known.delete(session)
    known.set(session, { before, learnedAt: clock.now() })
    const [oldest] = known.keys()
    if (known.size > REVOCATIONS_MAX && oldest !== undefined) known.delete(oldest)
    for (const listen of listeners) listen(revocation)
  }

  function forgetExpired() {
    const expired = clock.now() - REVOCATIONS_KEPT_MS
    for (const [session, { learnedAt }] of known) {
      if (learnedAt >= expired) return
      known.delete(session)
    }
  }

  async function read() {
    for (const session of owed) {
      await store.add({ session, before: ALL_TOKENS })
      owed.delete(session)
    }
    for (let more = true; more;) {
      const page = await store.list(place)
      page.revocations.forEach(learn)
      place = page.place
      more = page.more
    }
    forgetExpired()
  }
  const { ready, refresh, compared } = createFreshness({ read, clock, onError })

  bus.onMessage((message: BusMessage) => {
    if (message.kind === 'revoked') learn({ session: message.session, before: message.before })
    // From the previous build, which stores nothing.
    if (message.kind === 'signed-out') learn({ session: message.session, before: ALL_TOKENS })
  })

  return {
    revokedBefore,
    ready,
    refresh,
    compare: (end, at) => compared(owed.size > 0 || (end !== undefined && isAfter(end, place ?? '')), at),

    async isRevoked({ id, issuedAt }) {
      await ready()
      return issuedAt < revokedBefore(id)
    },

    async revoke({ session, before }) {
      const publish = () => {
        learn({ session, before })
        bus.send({ v: STORED_VERSION, kind: 'revoked', session, before })
      }
      if (before < ALL_TOKENS) {
        await store.add({ session, before })
        return publish()
      }
      if (revokedBefore(session) === ALL_TOKENS && !owed.has(session)) return
      if (owed.size < OWED_MAX) owed.add(session)
      publish()
      await store.add({ session, before })
      owed.delete(session)
    },

    onRevoked(listener) {
      listeners.push(listener)
    }
  }
}

/** Places are numbers with something between them. */
const isAfter = (one: string, other: string) => one.localeCompare(other, 'en', { numeric: true }) > 0
