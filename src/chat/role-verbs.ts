// The verbs of those who run the chat: give roles, and invite.
import type { Clock } from '../clock.ts'
import {
  ROOM_INVITATION_USES_MAX,
  isOpen,
  newId,
  roomKind,
  type Invitation,
  type InvitationPreview,
  type InvitationTerms,
  type Leader,
  type Person,
  type Role
} from '../contract.ts'
import { ChatError } from '../errors.ts'
import { keyOf } from '../identity.ts'
import type { AuditLog } from '../people/audit-log.ts'
import type { Invitations } from '../people/invitations.ts'
import type { Restrictions } from '../people/restrictions.ts'
import type { SharedTable } from '../people/shared-table.ts'
import type { Standings } from '../people/standings.ts'
import type { PeopleStore } from '../people/store.ts'
import { authorize } from './room-access.ts'
import type { Caller } from './announcement.ts'
import { costs } from './costs.ts'
import type { Hub } from './hub.ts'
import type { createMemberVerbs } from './member-verbs.ts'
import { may, permit } from './permissions.ts'

export interface RoleVerbsOptions {
  standings: Standings
  invitations: Invitations
  table: SharedTable
  audit: AuditLog
  clock: Pick<Clock, 'now'>
  persons: Pick<PeopleStore, 'names'>
  restrictions: Pick<Restrictions, 'check'>
  changeMember: ReturnType<typeof createMemberVerbs>['changeMember']
  hub: Hub
}

export function createRoleVerbs(options: RoleVerbsOptions) {
  const { standings, invitations, table, audit, clock, persons, restrictions, changeMember, hub } = options
  const { spend } = hub.budget

  /** Those who may invite, into the chat and into rooms that they see; and the owner of a private room, into that one. */
  async function inviter(caller: Caller, room?: string): Promise<Person> {
    const { person } = caller
    const isOfRoom = room !== undefined && roomKind(room) === 'private'
    if (person === null || !isOfRoom) permit(caller, 'invite')
    if (person === null || (room !== undefined && roomKind(room) === 'direct')) throw new ChatError('not-allowed')
    if (room === undefined) return person
    const access = await authorize(hub, caller, room)
    if (access.room.by !== person.id) permit(caller, 'invite')
    return person
  }

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

    /**
     * Into the chat, by those who may invite, or into a private room by its owner.
     * @throws ChatError sign-in, muted, not-allowed, no-room, too-many, bad-request; StoreUnavailable
     */
    async invite(caller: Caller, terms: InvitationTerms): Promise<Invitation> {
      spend(caller, costs.event, 'write')
      const { id, name } = await inviter(caller, terms.room)
      restrictions.check(id, 'writing')
      const roomOnly = !may(caller.person, 'invite')
      if (roomOnly && terms.uses > ROOM_INVITATION_USES_MAX) throw new ChatError('bad-request')
      const by = { id, name }
      return table.transact((records) => {
        // Nothing from private rooms is in the audit log.
        if (!roomOnly) audit.add(records, { at: clock.now(), by, what: 'invite' }, newId())
        return invitations.create(records, by, terms, roomOnly)
      })
    },

    /**
     * Those into the chat, or into one private room, that are not over, the newest first.
     * @throws ChatError sign-in, not-allowed, no-room; StoreUnavailable
     */
    async invitations(caller: Caller, room?: string): Promise<{ invitations: Invitation[] }> {
      spend(caller, costs.event)
      const { id } = await inviter(caller, room)
      const list = invitations.list().filter((one) => (room === undefined ? !one.roomOnly : one.room === room))
      await hub.payForAnswer(caller, Math.floor(list.length / INVITATIONS_PER_TOKEN))
      return { invitations: list.map((one) => shownTo(id, one)) }
    },

    /** Also one that is over. @throws ChatError sign-in, not-allowed, no-room; StoreUnavailable */
    async withdrawInvitation(caller: Caller, id: string): Promise<void> {
      spend(caller, costs.event, 'write')
      const isMay = may(caller.person, 'invite')
      const { id: me, name } = await inviter(
        caller,
        isMay ? undefined : invitations.list().find((one) => one.id === id)?.room
      )
      const by = { id: me, name }
      await table.transact((records) => {
        const withdrawn = invitations.withdraw(records, id)
        if (withdrawn && isMay && !withdrawn.roomOnly)
          audit.add(records, { at: clock.now(), by, what: 'withdraw', whom: withdrawn.by }, newId())
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

    /** A person who was invited into a private room becomes its member, unless it is full or gone by now. @throws StoreUnavailable */
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

/** A link into a private room is for those who have made it, and links of the room's owners also for the next owner. */
const shownTo = (person: string, { room, ...invitation }: Invitation): Invitation =>
  room === undefined || isOpen(room) || invitation.roomOnly || invitation.by.id === person
    ? { ...invitation, ...(room !== undefined && { room }) }
    : { ...invitation, code: '' }

/** The room was removed; the invitation still leads into the chat. */
function gone(cause: unknown): null {
  if (cause instanceof ChatError && cause.reason === 'no-room') return null
  throw cause
}
