// Private rooms and direct conversations in Redis.
import { ChatError } from '../../errors.ts'
import { newId, PRIVATE_PREFIX, STORED_VERSION, type Room } from '../../contract.ts'
import type { Ask } from '../../redis/commands.ts'
import type { Run } from '../../redis/scripts.ts'
import { changedMembers, isSameChange, silenced } from '../membership.ts'
import type { Member, MemberVerb, MessageLog } from '../message-log.ts'
import { memberChangeText } from '../stored.ts'
import { hiddenOfKey, roomKey, sharedKeys } from './keys.ts'
import * as replies from './replies.ts'
import { changeMembersScript, createHiddenScript, replaceHiddenScript, roomsOfScript } from './scripts/hidden.ts'

export function createHiddenRooms(options: {
  ask: Ask
  run: Run
  prefix: string
  keysOf(room: string): string[]
  /** Milliseconds since 1970, or '' for Redis' own clock. */
  now(): string
}): Pick<MessageLog, 'createHidden' | 'changeMembers' | 'silence' | 'roomsOf'> {
  const { ask, run, prefix, keysOf, now } = options
  const shared = sharedKeys(prefix, PRIVATE_PREFIX)
  const hiddenOf = (person: string) => hiddenOfKey(prefix, person)

  return {
    async createHidden(room, members, limit) {
      const stored = textOf(
        { ...room, title: room.title.toWellFormed(), at: Math.trunc(room.at) },
        members.map((member) => ({ ...member, name: member.name.toWellFormed(), since: 0 }))
      )
      const keys = [...shared, roomKey(prefix, room.id, 'log'), ...members.map(({ id }) => hiddenOf(id))]
      return replies.readRoomRecord(await run(createHiddenScript, keys, [room.id, stored, newId(), `${limit}`]))
    },

    async changeMembers(change) {
      const { room, person, what } = change
      const way = what === 'owner' ? '0' : what === 'joined' ? '1' : '-1'
      const keys = [...keysOf(room), hiddenOf(person.id)]
      for (;;) {
        const [stored, isRepeat] = await Promise.all([
          ask(['HGET', shared[1], room]),
          ask(['HEXISTS', roomKey(prefix, room, 'records'), change.id])
        ])
        if (typeof stored !== 'string') throw new ChatError('no-room')
        const record = replies.readHidden(stored)
        // A repeat finds the room as the change has left it, and must not be refused for that.
        const after = isRepeat === 1 ? record : changedMembers(record, change)
        const texts = [memberChangeText(change), envelopeOf(change), stored, textOf(after.room, after.members)]
        const answer = await run(changeMembersScript, keys, [room, now(), change.id, ...texts, way])
        if (replies.hasChanged(answer)) continue
        const appended = replies.readAppended(answer)
        if (appended.repeated && !isSameChange(appended.event, change)) throw new ChatError('id-taken')
        return appended
      }
    },

    async silence(room, person, on) {
      for (;;) {
        const stored = await ask(['HGET', shared[1], room])
        if (typeof stored !== 'string') return
        const record = replies.readHidden(stored)
        const after = textOf(record.room, silenced(record.members, person, on))
        if ((await run(replaceHiddenScript, [...shared], [room, stored, after])) === 1) return
      }
    },

    async roomsOf(person) {
      // Most people are in none.
      const isInSome = await ask(['EXISTS', hiddenOf(person)])
      return isInSome === 0 ? [] : replies.readRoomsOf(await run(roomsOfScript, [...shared, hiddenOf(person)], []))
    }
  }
}

const textOf = (room: Room, members: readonly (Omit<Member, 'since'> & { since: number | null })[]): string =>
  JSON.stringify({
    n: 0,
    ...room,
    within: Object.fromEntries(members.map(({ id, ...member }) => [id, member]))
  })

/** Lacks its first brace, as in an append. */
function envelopeOf(change: MemberVerb): string {
  const { id, at, by } = change
  const message = memberChangeText(change)
  return JSON.stringify({ v: STORED_VERSION, kind: 'member', id, at: Math.trunc(at), by, message }).slice(1)
}
