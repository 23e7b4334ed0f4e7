// Mutes and bans, as this instance knows them: they are part of a person's standing. The step that stores a message in Redis checks them
// once more, because an instance may not know of a ban yet.
//
// A ban may include the person's address. No moderator sees it and no message names it: each instance that the banned person is connected
// to, or comes to, adds a record under a keyed hash, which ends after a week.
import { createHmac } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { FOR_GOOD, type Person, type Restriction } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { SharedTable, Transaction } from './shared-table.ts'
import type { Standings } from './standings.ts'

/** An address belongs to somebody else soon. */
const ADDRESS_LASTS_MS = 7 * 86_400_000
/** Addresses that are banned at the same time. */
const ADDRESSES_MAX = 1_000
const PREFIX = 'address:'
const HASH_BYTES = 16

export interface Restrictions {
  /** @throws ChatError banned; muted with `writing` */
  check(person: string, how?: 'writing'): void
  /** Of the shared table, by which `check` decides now. */
  readonly revision: number
  /** For people without a session. @throws ChatError banned */
  checkAddress(address: string): void
  /** What the person's pages show. */
  mutedOf(person: string): Person['muted']
  /** For somebody with a session, who comes from this address. @throws ChatError banned; their address may then be banned too */
  admit(person: string, address: string): void
}

export function createRestrictions(options: {
  table: SharedTable
  standings: Standings
  /** Of the deployment. */
  secret: string
  clock: Pick<Clock, 'now'>
  onError(cause: unknown): void
}): Restrictions {
  const { table, standings, secret, clock, onError } = options
  const untilOf = (value: unknown) => (value as { until?: number } | null)?.until ?? 0
  const keyOf = (address: string) => {
    const hash = createHmac('sha256', secret).update(`address\0${address}`).digest()
    return PREFIX + hash.subarray(0, HASH_BYTES).toString('base64url')
  }

  /** If the person's ban includes it. */
  function banAddress(person: string, address: string) {
    const { bannedUntil = 0, addressUntil = 0 } = standings.of(person)
    const [now, key] = [clock.now(), keyOf(address)]
    const until = Math.min(bannedUntil, addressUntil)
    if (until <= now || untilOf(table.get(key)) >= until) return
    table
      .transact((records) => {
        const all = records.entries(PREFIX)
        for (const [other, value] of all) if (untilOf(value) <= now) records.put(other, null)
        if (all.length < ADDRESSES_MAX) records.put(key, { until, person })
      })
      .catch(onError)
  }

  return {
    check(person, how) {
      const refusal = refusalOf(standings.of(person), clock.now(), how)
      if (refusal) throw refusal
    },
    get revision() {
      return table.revision
    },
    checkAddress(address) {
      const waitMs = untilOf(table.get(keyOf(address))) - clock.now()
      if (waitMs > 0) throw new ChatError('banned', waitMs)
    },
    admit(person, address) {
      const refusal = refusalOf(standings.of(person), clock.now())
      if (!refusal) return
      banAddress(person, address)
      throw refusal
    },
    mutedOf(person) {
      const refusal = refusalOf(standings.of(person), clock.now(), 'writing')
      if (!refusal) return undefined
      const { retryAfterMs, why } = refusal
      return { ...(retryAfterMs !== undefined && { forMs: retryAfterMs }), ...(why !== undefined && { why }) }
    }
  }
}

/** Why somebody of this standing is refused now; null when they are not. */
export function refusalOf(
  { mutedUntil = 0, bannedUntil = 0, reason }: Restriction,
  now: number,
  how?: 'writing'
): ChatError | null {
  const [what, until] = bannedUntil > now ? (['banned', bannedUntil] as const) : (['muted', mutedUntil] as const)
  if (until <= now || (what === 'muted' && how !== 'writing')) return null
  return new ChatError(what, until === FOR_GOOD ? undefined : until - now, undefined, reason)
}

/** In a transaction that ends a person's ban: the addresses are free again. */
export function freeAddresses({ entries, put }: Transaction, person: string): void {
  for (const [key, value] of entries(PREFIX))
    if ((value as { person?: string } | null)?.person === person) put(key, null)
}

/** As long as an address is banned. */
export const addressUntil = (now: number): number => now + ADDRESS_LASTS_MS
