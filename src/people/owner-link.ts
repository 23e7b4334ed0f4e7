// The one-time link that makes somebody the owner, while nobody owns the chat. The table holds the hash of its secret, so of the links
// that instances print only the last one works, once.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { newId } from '../contract.ts'
import { ChatError } from '../errors.ts'
import { createAuditLog } from './audit-log.ts'
import { forgetGone } from './gone-people.ts'
import type { SharedTable, Transaction } from './shared-table.ts'
import type { Standings } from './standings.ts'
import type { PeopleStore } from './store.ts'

const KEY = 'owner-link'
const SECRET_BYTES = 24

export interface OwnerLink {
  /**
   * Makes a new secret, and the former one void. Null when somebody owns the chat and it is not for another owner `also`: an owner counts
   * as long as the person can come back.
   * @throws StoreUnavailable
   */
  offer(options?: { also: boolean }): Promise<string | null>
  /** Whether this is the secret of a link that was not used. */
  isGood(secret: string): boolean
  /**
   * Makes the person an owner; the link is used then. The same person may repeat it. @throws ChatError invitation-over; StoreUnavailable
   */
  use(secret: string, person: { id: string; name: string }): Promise<void>
}

export function createOwnerLink(options: {
  table: SharedTable
  standings: Standings
  people: Pick<PeopleStore, 'names'>
  clock: Pick<Clock, 'now'>
}): OwnerLink {
  const { table, standings, people, clock } = options

  /** Takes the same time for every guess. */
  function isGood({ get }: Pick<Transaction, 'get'>, secret: string): boolean {
    const { hash = '' } = (get(KEY) ?? {}) as { hash?: string }
    return timingSafeEqual(digest(hash), digest(hashOf(secret)))
  }

  return {
    async offer({ also } = { also: false }) {
      await table.refresh()
      await forgetGone({ table, standings, people, now: clock.now() })
      const secret = randomBytes(SECRET_BYTES).toString('base64url')
      return table.transact((records) => {
        if (!also && standings.owners(records).length > 0) return null
        records.put(KEY, { hash: hashOf(secret) })
        return secret
      })
    },
    isGood: (secret) => isGood(table, secret),
    use: (secret, person) =>
      table.transact((records) => {
        if (standings.owners(records).includes(person.id)) return
        if (!isGood(records, secret)) throw new ChatError('invitation-over')
        records.put(KEY, null)
        const entry = { at: clock.now(), by: person, what: 'give-role', whom: person, reason: 'owner' } as const
        createAuditLog(table).add(records, entry, newId())
        standings.changeIn(records, person.id, (before) => ({ ...before, role: 'owner' }))
      })
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest()
const hashOf = (secret: string) => digest(secret).toString('base64url')
