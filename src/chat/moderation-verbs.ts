// The verbs of moderators about people: mute, ban, what was reported, and who did what. A change of a person is one transaction with its
// entry in the audit log.
import { FOR_GOOD, isAtLeast, newId, type AuditEntry, type ModerationAnswers } from '../contract.ts'
import type { Clock } from '../clock.ts'
import { ChatError } from '../errors.ts'
import { keyOf } from '../identity.ts'
import type { AuditLog } from '../people/audit-log.ts'
import type { Reports } from '../people/reports.ts'
import { addressUntil, freeAddresses } from '../people/restrictions.ts'
import type { SharedTable, Transaction } from '../people/shared-table.ts'
import type { Standing, Standings } from '../people/standings.ts'
import type { PeopleStore } from '../people/store.ts'
import type { Caller } from './announcement.ts'
import { costs } from './costs.ts'
import type { Eraser } from './erase.ts'
import type { Hub } from './hub.ts'
import { pageFrom, readAs } from './room-access.ts'
import { may, permit, refuseGuestsIn, roleOf } from './permissions.ts'
import { cleanReason } from './rules.ts'

export interface ModerationOptions {
  table: SharedTable
  standings: Standings
  persons: Pick<PeopleStore, 'names'>
}

interface Terms {
  /** Of this action: a repeat changes nothing. */
  id?: string | undefined
  /** For good when left out. */
  lastsMs?: number | undefined
  reason: string
}

export type ModerationVerbs = ReturnType<typeof createModerationVerbs>

export function createModerationVerbs(
  options: ModerationOptions & {
    audit: AuditLog
    reports: Reports
    hub: Hub
    clock: Clock
    erase: Eraser
  }
) {
  const { table, standings, audit, reports, persons, hub, clock, erase } = options
  const { spend } = hub.budget

  /** The person who moderates. @throws ChatError too-fast, sign-in, not-allowed */
  function moderator(caller: Caller, pool?: 'write') {
    spend(caller, costs.event, pool)
    permit(caller, 'moderate people')
    if (!caller.person) throw new ChatError('sign-in')
    return caller.person
  }

  /**
   * Changes a person's standing, with an entry in the audit log unless nothing changes.
   * @throws ChatError as `moderator`; not-allowed for oneself, and for somebody whose role is not lower; StoreUnavailable
   */
  async function restrict(
    caller: Caller,
    person: string,
    entry: Pick<AuditEntry, 'what' | 'until' | 'reason'>,
    change: (before: Standing) => Standing,
    id: string = newId()
  ): Promise<void> {
    const me = moderator(caller, 'write')
    const name = (await persons.names([person]))[0]?.name ?? ''
    await table.transact((records) => {
      const before = standings.in(records, person)
      const isHigher = roleOf(me) === 'owner' ? before.role !== 'owner' : !isAtLeast(before.role, 'moderator')
      if (person === me.id || !isHigher) throw new ChatError('not-allowed')
      const by = { id: me.id, name: me.name }
      if (JSON.stringify(change(before)) === JSON.stringify(before)) return
      if (audit.add(records, { at: clock.now(), by, whom: { id: person, name }, ...entry }, id))
        standings.changeIn(records, person, change)
      sweep(records)
      if (entry.what === 'unban') freeAddresses(records, person)
    })
  }

  const isOver = ({ mutedUntil = 0, bannedUntil = 0 }: Standing) => {
    const last = Math.max(mutedUntil, bannedUntil)
    return last > 0 && last <= clock.now()
  }

  /** Removes what is left of a few restrictions that are over, so that they don't pile up. */
  function sweep(records: Transaction) {
    const over = [...standings.all()].filter(([, standing]) => isOver(standing)).slice(0, SWEEP_OVER)
    // Another change of the same batch may have begun a new one.
    for (const [id] of over) standings.changeIn(records, id, (now) => (isOver(now) ? freed(now) : now))
  }
  const freed = without('mutedUntil', 'bannedUntil')

  const until = (lastsMs: number | undefined) => (lastsMs === undefined ? FOR_GOOD : clock.now() + lastsMs)

  return {
    async mute(caller: Caller, person: string, { id, lastsMs, reason: raw }: Terms): Promise<null> {
      const [mutedUntil, reason] = [until(lastsMs), cleanReason(raw)]
      const change = (before: Standing) => ({ ...before, mutedUntil, reason })
      await restrict(caller, person, { what: 'mute', until: mutedUntil, reason }, change, id)
      return null
    },

    async unmute(caller: Caller, person: string): Promise<null> {
      await restrict(caller, person, { what: 'unmute' }, without('mutedUntil'))
      return null
    },

    /** Returns how many messages were removed. */
    async ban(
      caller: Caller,
      person: string,
      {
        id,
        lastsMs,
        reason: raw,
        address = false,
        erase: erases = false
      }: Terms & { address?: boolean | undefined; erase?: boolean | undefined }
    ): Promise<{ erased: number }> {
      const [bannedUntil, reason] = [until(lastsMs), cleanReason(raw)]
      const more = address && { addressUntil: addressUntil(clock.now()) }
      const change = (before: Standing) => ({ ...before, bannedUntil, reason, ...more })
      await restrict(caller, person, { what: 'ban', until: bannedUntil, reason }, change, id)
      if (!erases) return { erased: 0 }
      const by = { id: caller.person?.id ?? null, name: caller.name }
      return { erased: await erase({ by, person, since: clock.now() - ERASED_MS }) }
    },

    async unban(caller: Caller, person: string): Promise<null> {
      await restrict(caller, person, { what: 'unban' }, without('bannedUntil'))
      return null
    },

    /** @throws ChatError sign-in, not-allowed; StoreUnavailable */
    async restricted(caller: Caller): Promise<ModerationAnswers['restriction:list']> {
      moderator(caller)
      const now = clock.now()
      const applies = ({ mutedUntil = 0, bannedUntil = 0 }: Standing) => Math.max(mutedUntil, bannedUntil) > now
      const found = [...standings.all()].filter(([, one]) => applies(one)).slice(-RESTRICTED_MAX)
      const names = new Map((await persons.names(found.map(([id]) => id))).map(({ id, name }) => [id, name]))
      const people = found.map(([id, { mutedUntil, bannedUntil, reason }]) => ({
        id,
        key: keyOf(id),
        name: names.get(id) ?? '',
        ...(mutedUntil !== undefined && mutedUntil > now && { mutedUntil }),
        ...(bannedUntil !== undefined && bannedUntil > now && { bannedUntil }),
        ...(reason !== undefined && { reason })
      }))
      return { people }
    },

    /** @throws ChatError sign-in, no-room, no-message, too-many; StoreUnavailable */
    async report(
      caller: Caller,
      { room, message, reason }: { room: string; message: string; reason: string }
    ): Promise<null> {
      spend(caller, costs.event, 'write')
      refuseGuestsIn(caller, room)
      if (!caller.person) throw new ChatError('sign-in')
      const { id, name } = caller.person
      const clean = cleanReason(reason)
      const page = () => hub.reads.page(room, { upTo: message }, 1, { removed: false })
      const [newest, { from }] = await readAs(hub, caller, room, page)
      const { messages } = pageFrom(newest, from)
      const found = messages.find((one) => one.id === message)
      if (!found) throw new ChatError('no-message')
      const { seq, by: author } = found
      await reports.add({ room, message, seq, author, by: { id, name }, at: clock.now(), reason: clean })
      return null
    },

    reports(caller: Caller, before?: number): ModerationAnswers['report:list'] {
      moderator(caller)
      return reports.page(before)
    },

    /** Also one that was resolved before. @throws ChatError sign-in, not-allowed; StoreUnavailable */
    async resolveReport(caller: Caller, report: string, rawReason = ''): Promise<null> {
      const { id, name } = moderator(caller, 'write')
      const reason = cleanReason(rawReason)
      await table.transact((records) => {
        const resolved = reports.resolve(records, report)
        if (!resolved) return
        const { room, seq, author } = resolved
        const entry = { at: clock.now(), by: { id, name }, what: 'resolve', whom: author, room, seq, reason } as const
        audit.add(records, entry, newId())
      })
      return null
    },

    /** A moderator has done something in a room. Creators are no moderators: nobody else pushes entries out. @throws StoreUnavailable */
    async note({ person }: Caller, entry: Omit<AuditEntry, 'n' | 'at' | 'by'>, id: string): Promise<void> {
      if (!person || !may(person, 'moderate people')) return
      const by = { id: person.id, name: person.name }
      await table.transact((records) => audit.add(records, { at: clock.now(), by, ...entry }, id))
    },

    auditLog(caller: Caller, before?: number): ModerationAnswers['audit:list'] {
      moderator(caller)
      return audit.page(before)
    }
  }
}

const SWEEP_OVER = 10
/** "The last day". */
const ERASED_MS = 24 * 60 * 60_000
/** People in an answer: those who were restricted last. */
const RESTRICTED_MAX = 1_000

/** Takes a restriction back; its reason goes with the last one. */
function without(...names: ('mutedUntil' | 'bannedUntil')[]) {
  return (before: Standing): Standing => {
    const after = { ...before }
    for (const name of names) delete after[name]
    if (names.includes('bannedUntil')) delete after.addressUntil
    if (after.mutedUntil === undefined && after.bannedUntil === undefined) delete after.reason
    return after
  }
}
