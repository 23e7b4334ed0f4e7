// Invitations. Each is a record of the shared table, under the hash of its code, so looking one up takes the same time for every guess.
// Using one counts the use and makes the person a member in one transaction: an invitation for three people admits three. Those that owners
// of private rooms make have keys of their own, so that an earlier build, which would let people into the chat with them, finds none.
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { Clock } from '../clock.ts'
import {
  INVITATIONS_MAX,
  MEMBERS_MAX,
  ROOM_INVITATIONS_MAX,
  newId,
  type Invitation,
  type InvitationTerms
} from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { SharedTable, Transaction } from './shared-table.ts'
import { raisedTo, type Standings } from './standings.ts'

const PREFIX = 'invitation:'
const ROOM_PREFIX = 'room-invitation:'
const ID_CHARACTERS = 22

const stored = v.looseObject({
  id: v.string(),
  code: v.string(),
  by: v.object({ id: v.string(), name: v.string() }),
  room: v.exactOptional(v.string()),
  roomOnly: v.exactOptional(v.literal(true)),
  /** Who has used one that is for a room only. */
  people: v.exactOptional(v.array(v.string())),
  /** Whose membership of the room has ended since it was made. Earlier builds keep both and do not look at them. */
  left: v.exactOptional(v.array(v.string())),
  removed: v.exactOptional(v.array(v.string())),
  uses: v.number(),
  used: v.number(),
  at: v.number(),
  expiresAt: v.number()
})

export interface Invitations {
  /** @throws ChatError too-many */
  create(records: Transaction, by: Invitation['by'], terms: InvitationTerms, roomOnly?: boolean): Invitation
  /** All that are not over, the newest first. */
  list(): Invitation[]
  /** @returns it; null when it was withdrawn before */
  withdraw(records: Transaction, id: string): Invitation | null
  /** As this instance knows it; null for an unknown code, and one that is used up, expired or withdrawn. */
  find(code: string): Invitation | null
  /** As `find`, in the store at this moment. @throws StoreUnavailable */
  look(code: string): Promise<Invitation | null>
  /**
   * Counts a use and makes the person a member; the same person may repeat it, but into a room that they have left only while it is not
   * over, and never into one from which they were removed since it was made.
   * @returns the room that it leads to @throws ChatError invitation-over; StoreUnavailable
   */
  use(code: string, person: string): Promise<string | null>
  /** The person is in this room no longer. @throws StoreUnavailable */
  ended(room: string, person: string, how: 'left' | 'removed'): Promise<void>
}

export function createInvitations(options: {
  table: SharedTable
  standings: Standings
  clock: Pick<Clock, 'now'>
}): Invitations {
  const { table, standings, clock } = options

  const isOver = ({ used, uses, expiresAt }: Invitation) => used >= uses || expiresAt <= clock.now()

  const all = (records: Pick<Transaction, 'entries'>) =>
    [PREFIX, ROOM_PREFIX].flatMap((prefix) =>
      records.entries(prefix).flatMap(([, value]) => (v.is(stored, value) ? [value] : []))
    )

  function find({ get }: Pick<Transaction, 'get'>, code: string): v.InferOutput<typeof stored> | null {
    const value = get(PREFIX + idOf(code)) ?? get(ROOM_PREFIX + idOf(code))
    return v.is(stored, value) ? value : null
  }

  const live = (found: Invitation | null) => (found && !isOver(found) ? found : null)

  return {
    create(records, by, { uses, lastsMs, room }, roomOnly = false) {
      const like = all(records).filter((one) => (one.roomOnly ?? false) === roomOnly)
      for (const one of like) if (isOver(one)) records.put(keyOf(one), null)
      const open = like.filter((one) => !isOver(one))
      const ofRoom = roomOnly ? open.filter((one) => one.room === room) : []
      if (open.length >= INVITATIONS_MAX || ofRoom.length >= ROOM_INVITATIONS_MAX) throw new ChatError('too-many')
      const [code, at] = [newId(), clock.now()]
      const leads = { ...(room && { room }), ...(roomOnly && { roomOnly: true as const }) }
      const made = { id: idOf(code), code, by, uses, used: 0, at, expiresAt: at + lastsMs, ...leads }
      records.put(keyOf(made), made)
      return made
    },
    list: () =>
      all(table)
        .filter((one) => !isOver(one))
        .toSorted((one, other) => other.at - one.at),
    withdraw(records, id) {
      const found = all(records).find((one) => one.id === id) ?? null
      if (found) records.put(keyOf(found), null)
      return found
    },
    find: (code) => live(find(table, code)),
    look: (code) => table.transact((records) => live(find(records, code))),
    use: (code, person) =>
      table.transact((records) => {
        const found = find(records, code)
        const isOut = found?.removed?.includes(person) || (found?.left?.includes(person) && isOver(found))
        if (found?.roomOnly && isOut) throw new ChatError('invitation-over')
        const room = isOut ? null : (found?.room ?? null)
        // A repeat, perhaps long after.
        if (standings.in(records, person)['invitation'] === idOf(code) || found?.people?.includes(person)) return room
        if (found === null || isOver(found)) throw new ChatError('invitation-over')
        const people = found.roomOnly && { people: [...(found.people ?? []), person] }
        records.put(keyOf(found), { ...found, used: found.used + 1, ...people })
        if (!found.roomOnly)
          standings.changeIn(records, person, (before) => ({ ...raisedTo('member')(before), invitation: found.id }))
        return room
      }),
    ended: (room, person, how) =>
      table.transact((records) => {
        for (const one of all(records))
          if (one.room === room && !one[how]?.includes(person))
            records.put(keyOf(one), { ...one, [how]: [...(one[how] ?? []), person].slice(-MEMBERS_MAX) })
      })
  }
}

const keyOf = ({ id, roomOnly }: Pick<Invitation, 'id' | 'roomOnly'>) => (roomOnly ? ROOM_PREFIX : PREFIX) + id

const idOf = (code: string) => createHash('sha256').update(code).digest('base64url').slice(0, ID_CHARACTERS)
