// Presence for programs and pages of other origins: /api/presence, answered from memory even when the store is unavailable. Counts
// and regions are public; names are for the people of that room.
import { setImmediate as turn } from 'node:timers/promises'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { ChatError } from '../errors.ts'
import type { Chat } from '../chat/chat.ts'
import { costs } from '../chat/costs.ts'
import type { People } from '../presence/presence.ts'
import { LOBBY, isRoomId, type RoomPeople, type RoomTotals } from '../contract.ts'
import type { Requesters } from './requesters.ts'

const PUBLIC_SECONDS = 2

export interface PresenceOptions {
  chat: Chat
  people: People
  requesters: Requesters
  /** Nobody without a session learns anything. */
  forMembers: boolean
}

export function presence({ chat, people, requesters, forMembers }: PresenceOptions) {
  const app = new Hono()

  app.get('/', async (c) => {
    c.header('Vary', 'Authorization, Cookie, Origin', { append: true })
    chat.spend(requesters.guest(c), costs.event)
    const { room } = c.req.query()
    if (forMembers && !(await requesters.caller(c)).person) throw new ChatError('sign-in')
    if (room === undefined) {
      const fresh = await isFresh(people)
      c.header('Cache-Control', forMembers ? 'no-store' : `public, max-age=${PUBLIC_SECONDS}`)
      c.header('Access-Control-Allow-Origin', '*')
      return c.json({
        everywhere: people.everywhere(),
        lobby: totalsOf(chat.people(LOBBY)),
        stale: people.isStale() || !fresh
      })
    }
    if (!isRoomId(room)) throw new HTTPException(400, { message: 'room must be a room id' })
    const caller = await requesters.caller(c)
    const { person } = caller
    if (!person) throw new ChatError('sign-in')
    await chat.requireMember(caller, room)
    await isFresh(people)
    const here = chat.people(room)
    return c.json(people.isHere(room, person.key) ? here : totalsOf(here))
  })

  return app
}

/** True when memory is as fresh as with clients connected. If not, the store is read again for the next answer. */
const isFresh = (people: People): Promise<boolean> => Promise.race([people.refresh().then(() => true), turn(false)])

const totalsOf = ({ count, about, regions }: RoomPeople): RoomTotals => ({ count, about, regions })
