// The verbs about private rooms and direct conversations: begin them, and change who is in them.
import { createHash, randomBytes } from 'node:crypto'
import {
  DIRECT_MAX_PEOPLE,
  DIRECT_PREFIX,
  PRIVATE_PREFIX,
  isOpen,
  roomKind,
  type MemberChange,
  type Receipt,
  type Room,
  type RoomMember
} from '../contract.ts'
import { ChatError } from '../errors.ts'
import { keyOf } from '../identity.ts'
import type { Member, MessageLog, RoomRecord } from '../log/message-log.ts'
import type { Invitations } from '../people/invitations.ts'
import type { Restrictions } from '../people/restrictions.ts'
import type { PeopleStore } from '../people/store.ts'
import type { Clock } from '../clock.ts'
import { authorize } from './room-access.ts'
import type { Caller } from './announcement.ts'
import { costs } from './costs.ts'
import type { Hub } from './hub.ts'
import { cleanTitle } from './rules.ts'
import { personOf } from './permissions.ts'

/** Private rooms and direct conversations in all: far more than open rooms, because nobody has all of them in a list. */
const HIDDEN_ROOMS_MAX = 50_000
const ROOM_ID_BYTES = 16

/** All people of a direct conversation find the same room, no matter who begins it. */
export const directId = (people: readonly string[]): string =>
  DIRECT_PREFIX +
  createHash('sha256')
    .update(JSON.stringify(people.toSorted()))
    .digest('hex')
    .slice(0, 2 * ROOM_ID_BYTES)

export type MemberVerbs = ReturnType<typeof createMemberVerbs>

export function createMemberVerbs(options: {
  log: MessageLog
  clock: Clock
  hub: Hub
  persons: Pick<PeopleStore, 'names' | 'block' | 'blocked' | 'blockedBy'>
  restrictions: Pick<Restrictions, 'check'>
  invitations: Pick<Invitations, 'ended'>
}) {
  const { log, clock, hub, persons, restrictions, invitations } = options
  const { spend } = hub.budget

  /** The names that these people have now; the ones that were stored for those who are gone. @throws StoreUnavailable */
  async function named(members: readonly Omit<Member, 'since'>[]): Promise<Map<string, string>> {
    const now = await persons.names(members.map(({ id }) => id))
    // Spaces stand where the name of somebody was who has left for good.
    return new Map([...members, ...now].map(({ id, name }) => [id, name.trim()]))
  }

  const asMembers = (members: readonly Member[], names: ReadonlyMap<string, string>): RoomMember[] =>
    members.map(({ id, name }) => ({ id, key: keyOf(id), name: names.get(id) ?? name }))

  /** Rooms as their members see them. A direct conversation has no title: its people are its title. @throws StoreUnavailable */
  async function shown(records: readonly Omit<RoomRecord, 'head'>[]): Promise<Room[]> {
    const direct = records.filter(({ room }) => roomKind(room.id) === 'direct')
    const names = direct.length > 0 ? await named(direct.flatMap(({ members }) => members)) : new Map<string, string>()
    return records.map(({ room, members }) =>
      roomKind(room.id) === 'direct' ? { ...room, members: asMembers(members, names) } : room
    )
  }

  /** @throws ChatError too-fast */
  async function create(caller: Caller, room: Room, members: readonly Omit<Member, 'since'>[]): Promise<Room> {
    const wait = hub.budget.wait('rooms', caller.address)
    if (wait > 0) throw new ChatError('too-fast', wait)
    const record = await log.createHidden(room, members, HIDDEN_ROOMS_MAX)
    if (record.room.at === room.at) hub.budget.created('rooms', caller.address)
    const [made = record.room] = await shown([record])
    return made
  }

  /** @throws ChatError no-message when there is no such person */
  async function someone(ids: readonly string[]) {
    const found = await persons.names(ids)
    if (found.length < ids.length) throw new ChatError('no-person')
    return found
  }

  /** @throws ChatError blocked when one of them does not want messages from the caller */
  async function refuseBlocked(by: string, people: readonly string[]) {
    if ((await persons.blockedBy(people, by)).length > 0) throw new ChatError('blocked')
  }

  return {
    shown,

    /**
     * The caller wants messages from this person no longer, or again. Neither of them writes in their conversation meanwhile.
     * @throws ChatError too-fast, sign-in; StoreUnavailable, then it may be repeated
     */
    async block(caller: Caller, person: string, on: boolean): Promise<void> {
      spend(caller, costs.event, 'write')
      const me = personOf(caller)
      await persons.block(me.id, person, on)
      const room = directId([me.id, person])
      await log.silence(room, me.id, on)
      hub.hiddenRoomChanged(room)
      hub.alertsChanged(me)
    },

    /** Whom the caller does not want messages from. @throws ChatError too-fast, sign-in; StoreUnavailable */
    async blocked(caller: Caller): Promise<RoomMember[]> {
      spend(caller, costs.event)
      const ids = await persons.blocked(personOf(caller).id)
      const people = ids.map((id) => ({ id, name: '', since: 0 }))
      return asMembers(people, await named(people))
    },

    /** @throws ChatError too-fast, sign-in, name-bad, rooms-full; StoreUnavailable */
    async createPrivate(caller: Caller, rawTitle: string, history: boolean): Promise<Room> {
      spend(caller, costs.createRoom)
      const { id, name } = personOf(caller)
      restrictions.check(id, 'writing')
      const title = cleanTitle(rawTitle)
      const room = { id: PRIVATE_PREFIX + randomBytes(ROOM_ID_BYTES).toString('hex'), title, by: id, at: clock.now() }
      return create(caller, history ? { ...room, history } : room, [{ id, name }])
    },

    /**
     * The direct conversation of the caller with these people; it begins if there is none. @throws as `createPrivate`; no-person, blocked
     */
    async openDirect(caller: Caller, others: readonly string[]): Promise<Room> {
      spend(caller, costs.createRoom)
      const { id, name } = personOf(caller)
      restrictions.check(id, 'writing')
      const ids = [...new Set(others)].filter((other) => other !== id)
      if (ids.length === 0 || ids.length >= DIRECT_MAX_PEOPLE) throw new ChatError('bad-request')
      await refuseBlocked(id, ids)
      const people = [{ id, name }, ...(await someone(ids))]
      const room = { id: directId(people.map((one) => one.id)), title: '', by: id, at: clock.now() }
      return create(caller, room, people)
    },

    /** @throws ChatError too-fast, sign-in, no-room; StoreUnavailable */
    async members(caller: Caller, room: string): Promise<RoomMember[]> {
      spend(caller, costs.event)
      const { members } = await authorize(hub, caller, room)
      return asMembers(members, await named(members))
    },

    /**
     * Changes the members of a private room; see membership.ts for who may. `id` is the idempotency key. The last one who leaves takes
     * the room along.
     * @throws ChatError too-fast, sign-in, no-person, blocked, and as `MessageLog.changeMembers`; StoreUnavailable
     */
    async changeMember(
      caller: Caller,
      { room, id, what, person }: { room: string; id: string; what: MemberChange['what']; person: string },
      byLink = false
    ): Promise<Receipt> {
      spend(caller, costs.event, 'write')
      const by = personOf(caller)
      if (what !== 'left') restrictions.check(by.id, 'writing')
      if (what === 'joined' && person !== by.id) await refuseBlocked(by.id, [person])
      const [who = { id: person, name: '' }] = what === 'left' ? [by] : await persons.names([person])
      if (what === 'joined' && who.name === '') throw new ChatError('no-person')
      const change = { room, id, what, person: { id: who.id, name: who.name }, by: { id: by.id, name: by.name } }
      const appended = await log.changeMembers({ ...change, at: clock.now(), ...(byLink && { byLink }) })
      hub.distribute(room, appended)
      if (what === 'left') await log.removeRooms([room], 'deserted')
      if (what === 'left' || what === 'removed') await invitations.ended(room, person, what)
      const { seq, at } = appended.event
      return { seq, id, at }
    },

    /**
     * Nothing of a private room is for others, not even how many people are in it.
     * @returns the seq after which the caller sees it @throws ChatError no-room; StoreUnavailable
     */
    requireMember: async (caller: Caller, room: string): Promise<number> =>
      isOpen(room) ? 0 : (await authorize(hub, caller, room)).from,

    /** All members and the room, for the interface that sends them news of it. @throws ChatError no-room; StoreUnavailable */
    async roomOfMembers(id: string): Promise<{ room: Room; members: readonly Member[] }> {
      const record = await hub.reads.room(id)
      const [room = record.room] = await shown([record])
      return { room, members: record.members }
    }
  }
}
