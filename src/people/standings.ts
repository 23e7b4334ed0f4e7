// What is special about a person, for everything that decides rights: role, mute and ban. It is a record of the shared table, so every
// instance knows it at once (`of` asks no store), and no token holds it. Most people have none.
import * as v from 'valibot'
import { COLORS, isAtLeast, roles, type Role } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { SharedTable, Transaction } from './shared-table.ts'

// Loose: fields of a newer version stay in the record.
const standing = v.looseObject({
  role: v.fallback(v.picklist(roles), 'visitor'),
  /** Milliseconds since 1970; in the past, or absent: not muted. */
  mutedUntil: v.exactOptional(v.number()),
  bannedUntil: v.exactOptional(v.number()),
  /** As long as the person's address is banned too; see restrictions.ts. */
  addressUntil: v.exactOptional(v.number()),
  /** What the person reads about it. */
  reason: v.exactOptional(v.string()),
  /** Proves that the person has entered a `MODERATOR_TOKEN`; for the mark beside the name. */
  byToken: v.exactOptional(v.string()),
  /** That the person has chosen. A newer build may have more of them. */
  color: v.fallback(
    v.optional(
      v.pipe(
        v.number(),
        v.transform((color) => color % COLORS)
      )
    ),
    undefined
  )
})
export type Standing = v.InferOutput<typeof standing>

/** With more records in the table nobody becomes a member or chooses a color, so that there is room for moderators and bans. */
const MEMBERS_UNTIL = 40_000
const PREFIX = 'person:'
const NOTHING: Standing = { role: 'visitor' }

export interface Standings {
  /** At this moment, as this instance knows it. */
  of(person: string): Standing
  /** Everyone about whom something is special. */
  all(): ReadonlyMap<string, Standing>
  /** Owners and moderators. */
  leaders(): ReadonlySet<string>
  /** The same with their roles, and those who moderate by the current `MODERATOR_TOKEN`: who has a mark beside the name. */
  marked(): [person: string, role: Role][]
  /**
   * The person moderates by the current `MODERATOR_TOKEN`, or no longer. It gives no rights. @throws ChatError too-many; StoreUnavailable
   */
  markByToken(person: string, on: boolean): Promise<void>
  /** As a transaction leaves it. */
  in(records: Pick<Transaction, 'get'>, person: string): Standing
  /** The owners, as the transaction leaves them. */
  owners(records: Pick<Transaction, 'entries'>): string[]
  /** The key of a person's record. */
  keyOf(person: string): string
  /**
   * Changes what is stored of a person, in one step of which all conditions hold: `change` receives the newest standing and a function
   * for those of others, may run several times, and refuses by throwing a ChatError.
   * @throws ChatError last-owner when nobody would own the chat; what `change` throws; StoreUnavailable
   */
  change(person: string, change: (standing: Standing, of: (person: string) => Standing) => Standing): Promise<Standing>
  /** As `change`, within a transaction that has other parts. @throws ChatError last-owner, too-many */
  changeIn(records: Transaction, person: string, change: (standing: Standing) => Standing): Standing
  /** Gives the person this role unless theirs is higher. @throws StoreUnavailable */
  raise(person: string, role: Role): Promise<Standing>
  /** The person has left for good. @throws StoreUnavailable */
  forget(person: string): Promise<void>
  /** Called whenever a person's standing has changed, on whatever instance. */
  onChange(listener: (person: string, standing: Standing) => void): void
}

export function createStandings(
  table: SharedTable,
  { membersUntil = MEMBERS_UNTIL, proof = null }: { membersUntil?: number; proof?: string | null } = {}
): Standings {
  /** Parsed once. */
  const known = new Map<string, Standing>()
  const leaders = new Set<string>()
  const byToken = new Set<string>()
  const listeners: ((person: string, standing: Standing) => void)[] = []
  const of = (person: string) => known.get(person) ?? NOTHING
  const within = (records: Pick<Transaction, 'get'>, person: string) => parse(records.get(PREFIX + person))

  table.onChange((key, value) => {
    if (!key.startsWith(PREFIX)) return
    const person = key.slice(PREFIX.length)
    if (value === null) known.delete(person)
    else known.set(person, parse(value))
    if (isAtLeast(of(person).role, 'moderator')) leaders.add(person)
    else leaders.delete(person)
    if (proof !== null && of(person).byToken === proof) byToken.add(person)
    else byToken.delete(person)
    for (const listen of listeners) listen(person, of(person))
  })

  function changeIn(records: Transaction, person: string, change: (standing: Standing) => Standing): Standing {
    const before = within(records, person)
    const after = change(before)
    const isOnlyRole = Object.keys(after).length === 1
    const canWait = !isAtLeast(after.role, 'moderator') && !isRestricted(after) && records.get(PREFIX + person) === null
    if (canWait && table.size >= membersUntil) throw new ChatError('too-many')
    if (JSON.stringify(before) !== JSON.stringify(after))
      records.put(PREFIX + person, isOnlyRole && after.role === 'visitor' ? null : after)
    if (before.role === 'owner' && after.role !== 'owner' && owners(records).length === 0)
      throw new ChatError('last-owner')
    return after
  }

  return {
    of,
    all: () => known,
    leaders: () => leaders,
    marked: () => [
      ...[...leaders].map((id): [string, Role] => [id, of(id).role]),
      ...[...byToken].flatMap((id): [string, Role][] => (leaders.has(id) ? [] : [[id, 'moderator']]))
    ],
    async markByToken(person, on) {
      if (proof === null) return
      await table.transact((records) =>
        changeIn(records, person, (standing) => {
          const { byToken: _, ...before } = standing
          return on ? { ...before, byToken: proof } : before
        })
      )
    },
    in: within,
    owners,
    keyOf: (person) => PREFIX + person,
    changeIn,
    change: (person, change) =>
      table.transact((records) =>
        changeIn(records, person, (before) => change(before, (other) => within(records, other)))
      ),
    raise: (person, role) => table.transact((records) => changeIn(records, person, raisedTo(role))),
    async forget(person) {
      if (!known.has(person)) return
      await table.transact((records) => {
        // Leaving ends no ban.
        const { role: _, color: __, byToken: ___, ...before } = within(records, person)
        records.put(PREFIX + person, isRestricted(before) ? { ...before, role: 'visitor' } : null)
      })
    },
    onChange(listener) {
      listeners.push(listener)
    }
  }
}

/** Gives this role unless the person's is higher. */
export const raisedTo =
  (role: Role) =>
  (before: Standing): Standing =>
    isAtLeast(before.role, role) ? before : { ...before, role }

const isRestricted = ({ mutedUntil, bannedUntil }: Pick<Standing, 'mutedUntil' | 'bannedUntil'>) =>
  mutedUntil !== undefined || bannedUntil !== undefined

const owners = (records: Pick<Transaction, 'entries'>) =>
  records.entries(PREFIX).flatMap(([key, value]) => (hasRole(value, 'owner') ? [key.slice(PREFIX.length)] : []))

const hasRole = (value: unknown, role: Role) =>
  typeof value === 'object' && value !== null && 'role' in value && value.role === role

function parse(value: unknown): Standing {
  const read = v.safeParse(standing, value)
  return read.success ? read.output : NOTHING
}
