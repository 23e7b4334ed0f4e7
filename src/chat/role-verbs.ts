// The verbs of those who run the chat: give roles, and invite.
import type { Clock } from '../clock.ts'
import {
  isOpen,
  newId,
  type Invitation,
  type InvitationPreview,
  type InvitationTerms,
  type Leader,
  type Role
} from '../contract.ts'
import { ChatError } from '../errors.ts'
import { keyOf } from '../identity.ts'
import type { AuditLog } from '../people/audit-log.ts'
import type { Invitations } from '../people/invitations.ts'
import type { SharedTable } from '../people/shared-table.ts'
import type { Standings } from '../people/standings.ts'
import type { PeopleStore } from '../people/store.ts'
import { authorize } from './access.ts'
import type { Caller } from './announcement.ts'
import { costs } from './costs.ts'
import type { Hub } from './hub.ts'
import type { createMemberVerbs } from './member-verbs.ts'
import { permit } from './permissions.ts'

export interface RoleVerbsOptions {
  standings: Standings
  invitations: Invitations
  table: SharedTable
  audit: AuditLog
  clock: Pick<Clock, 'now'>
  persons: Pick<PeopleStore, 'names'>
  changeMember: ReturnType<typeof createMemberVerbs>['changeMember']
  hub: Hub
}

export function createRoleVerbs(options: RoleVerbsOptions) {
  const { standings, invitations, table, audit, clock, persons, changeMember, hub } = options
  const { spend } = hub.budget

  return {
    /**
     * The role takes effect on all instances; repeating it changes nothing.
     * @throws ChatError sign-in, not-allowed, no-person, last-owner; StoreUnavailable
     */
    async giveRole(caller: Caller, person: string, role: Role): Promise<{ role: Role }> {
      spend(caller, costs.event, 'write')
      permit(caller, 'give roles')
      const [known] = await persons.names([person])
      if (!known && standings.of(person).role === 'visitor') throw new ChatError('no-person')
      return table.transact((records) => {
        // Somebody may have taken the right away meanwhile.
        permit(caller, 'give roles')
        const { person: me } = caller
        if (me && standings.in(records, person).role !== role) {
          const whom = { id: person, name: known?.name ?? '' }
          const by = { id: me.id, name: me.name }
          audit.add(records, { at: clock.now(), by, what: 'give-role', whom, reason: role }, newId())
        }
        return standings.changeIn(records, person, (before) => ({ ...before, role }))
      })
    },

    /** Owners and moderators, in this order. @throws ChatError sign-in; StoreUnavailable */
    async leaders(caller: Caller): Promise<{ people: Leader[] }> {
      spend(caller, costs.event)
      permit(caller, 'see names')
      const withRole = (role: Role) => [...standings.leaders()].filter((id) => standings.of(id).role === role)
      const ids = [...withRole('owner'), ...withRole('moderator')].slice(0, LEADERS_MAX)
      const names = new Map((await persons.names(ids)).map(({ id, name }) => [id, name]))
      const named = (id: string): Leader[] => {
        const name = names.get(id)
        return name === undefined ? [] : [{ id, key: keyOf(id), name, role: standings.of(id).role }]
      }
      return { people: ids.flatMap(named) }
    },

    /** @throws ChatError sign-in, not-allowed, no-room, too-many; StoreUnavailable */
    async invite(caller: Caller, terms: InvitationTerms): Promise<Invitation> {
      spend(caller, costs.event, 'write')
      permit(caller, 'invite')
      if (!caller.person) throw new ChatError('sign-in')
      if (terms.room !== undefined) await authorize(hub, caller, terms.room)
      const { id, name } = caller.person
      return table.transact((records) => {
        const by = { id, name }
        audit.add(records, { at: clock.now(), by, what: 'invite' }, newId())
        return invitations.create(records, by, terms)
      })
    },

    /** Those that are not over, the newest first. @throws ChatError sign-in, not-allowed */
    async invitations(caller: Caller): Promise<{ invitations: Invitation[] }> {
      spend(caller, costs.event)
      permit(caller, 'invite')
      const list = invitations.list()
      await hub.payForAnswer(caller, Math.floor(list.length / INVITATIONS_PER_TOKEN))
      return { invitations: list }
    },

    /** Also one that is over. @throws ChatError sign-in, not-allowed; StoreUnavailable */
    async withdrawInvitation(caller: Caller, id: string): Promise<void> {
      spend(caller, costs.event, 'write')
      permit(caller, 'invite')
      if (!caller.person) throw new ChatError('sign-in')
      const by = { id: caller.person.id, name: caller.person.name }
      await table.transact((records) => {
        const withdrawn = invitations.withdraw(records, id)
        if (withdrawn) audit.add(records, { at: clock.now(), by, what: 'withdraw', whom: withdrawn.by }, newId())
      })
    },

    /** Who invites, and where to: for anybody who knows the code. @throws ChatError invitation-over; StoreUnavailable */
    async previewInvitation(caller: Caller, code: string): Promise<InvitationPreview> {
      spend(caller, costs.event)
      const invitation = await invitations.look(code)
      if (!invitation) throw new ChatError('invitation-over')
      const { by, room, expiresAt } = invitation
      const found = room === undefined ? null : await hub.reads.room(room).then((one) => one.room, gone)
      return { by: by.name, room: found && { id: found.id, title: found.title }, expiresAt }
    },

    /** Whoever was invited into a private room becomes its member, unless it is full or gone by now. @throws StoreUnavailable */
    async enterInvited(caller: Caller, room: string): Promise<void> {
      if (isOpen(room) || !caller.person) return
      const change = { room, id: newId(), what: 'joined', person: caller.person.id } as const
      await changeMember(caller, change, true).catch((cause: unknown) => {
        if (!(cause instanceof ChatError)) throw cause
      })
    }
  }
}

/** Owners and moderators in an answer. */
const LEADERS_MAX = 500
/** Invitations in an answer that cost one token. */
const INVITATIONS_PER_TOKEN = 50

/** The room was removed; the invitation still leads into the chat. */
function gone(cause: unknown): null {
  if (cause instanceof ChatError && cause.reason === 'no-room') return null
  throw cause
}
