// The verbs about rooms: list, create, remove.
import {
  isOpen,
  LOBBY,
  roomKind,
  type Answers,
  type Receipt,
  type Room,
  type RoomChange,
  type RoomSummary
} from '../contract.ts'
import type { Clock } from '../clock.ts'
import { ChatError } from '../errors.ts'
import { ROOMS_PER_PERSON } from '../log/limits.ts'
import type { MessageLog } from '../log/message-log.ts'
import { authorize } from './room-access.ts'
import type { Caller } from './announcement.ts'
import { costs, roomListCost } from './costs.ts'
import type { Hub } from './hub.ts'
import type { MemberVerbs } from './member-verbs.ts'
import type { ModerationVerbs } from './moderation-verbs.ts'
import type { Restrictions } from '../people/restrictions.ts'
import type { PeopleStore } from '../people/store.ts'
import { moderates } from './permissions.ts'
import { LIST_KEPT_FOR_MS } from './room-directory.ts'
import { createRoomExpiry } from './room-expiry.ts'
import { byId, fittingRooms, pageOfRooms } from './room-list.ts'
import { cleanTitle, cleanTopic, freeRoomId } from './rules.ts'

export function createRoomVerbs(options: {
  log: MessageLog
  clock: Clock
  hub: Hub
  roomLimit: number
  restrictions: Pick<Restrictions, 'check'>
  note: ModerationVerbs['note']
  members: Pick<MemberVerbs, 'shown' | 'changeMember'>
  persons: Pick<PeopleStore, 'names'>
  onError(cause: unknown): void
}) {
  const { log, clock, hub, roomLimit, restrictions, note, persons, onError } = options
  const { shown, changeMember } = options.members
  const { directory, budget } = hub
  const { spend } = budget
  const expiry = createRoomExpiry({
    log,
    clock,
    isDeserted(room) {
      const people = hub.people()
      return people !== null && people.isCurrent() && people.totals(room).count === 0
    },
    removed: hub.roomRemoved
  })
  const areRoomsNoted = () => hub.people()?.understoodByAll() ?? false

  const summary = (room: Room): RoomSummary => ({ ...room, people: hub.people()?.totals(room.id).count ?? 0 })

  /** Everybody who lists the rooms within a second gets the same summaries of the open ones. */
  let shared = sharedList([], -Infinity)
  function sharedList(open: readonly Room[], at: number) {
    const all = open.map(summary)
    return { open, at, all, byId: all.toSorted(byId) }
  }

  return {
    /** Those that the caller may see; with `after`, the next page of them. @throws ChatError too-fast; StoreUnavailable */
    async rooms(caller: Caller, after?: string): Promise<Answers['room:list']> {
      spend(caller, costs.event)
      if (!caller.person) return { rooms: [summary(await directory.find(LOBBY))] }
      const { id } = caller.person
      // A direct conversation that somebody else has begun and not written in yet is nothing.
      const hidden = (await log.roomsOf(id)).filter(({ room, head }) => head.seq > 0 || room.by === id)
      const open = await directory.list()
      expiry.look(open).catch(onError)
      if (open !== shared.open || clock.now() - shared.at >= LIST_KEPT_FOR_MS) shared = sharedList(open, clock.now())
      const all = [...(await shown(hidden)).map(summary), ...(after === undefined ? shared.all : shared.byId)]
      const answer = after === undefined ? { rooms: fittingRooms(all) } : pageOfRooms(all, after)
      await hub.payForAnswer(caller, roomListCost(answer.rooms.length))
      return answer
    },

    async createRoom(caller: Caller, rawTitle: string): Promise<Room> {
      spend(caller, costs.createRoom)
      if (!caller.person) throw new ChatError('sign-in')
      restrictions.check(caller.person.id, 'writing')
      const title = cleanTitle(rawTitle)
      const wait = budget.wait('rooms', caller.address)
      if (wait > 0) throw new ChatError('too-fast', wait)
      const wanted = { id: '', title, by: caller.person.id, at: clock.now() }
      const create = (titleOf = (id: string) => directory.known(id)?.title) =>
        log.createRoom({ ...wanted, id: freeRoomId(title, titleOf) }, roomLimit, areRoomsNoted())
      const room = await create().catch(async (cause: unknown) => {
        if (!(cause instanceof ChatError)) throw cause
        if (cause.reason === 'room-exists') {
          // Another instance may have made a room of this id a moment ago.
          const titles = new Map((await log.rooms()).map((one) => [one.id, one.title]))
          return create((id) => titles.get(id))
        }
        if (cause.reason !== 'rooms-full') throw cause
        await expiry.look(await directory.list(), true)
        return create()
      })
      if (room.at === wanted.at) budget.created('rooms', caller.address)
      hub.roomChanged(room)
      return room
    },

    /**
     * Its creator and moderators may change a room. The lobby keeps its title and stays open.
     * @throws ChatError too-fast, sign-in, not-allowed, no-room, room-exists, name-bad (title), text-too-long (topic)
     */
    async changeRoom(caller: Caller, id: string, { title, topic, ...settings }: RoomChange): Promise<Room> {
      spend(caller, costs.createRoom)
      if (!caller.person) throw new ChatError('sign-in')
      restrictions.check(caller.person.id, 'writing')
      await authorize(hub, caller, id)
      if (roomKind(id) === 'direct') throw new ChatError('not-allowed')
      const isForLobby = title === undefined && !settings.archived
      if ((id === LOBBY && !isForLobby) || !(await moderates(hub, caller, id))) throw new ChatError('not-allowed')
      const room = await log.changeRoom(
        id,
        {
          ...settings,
          ...(title !== undefined && { title: cleanTitle(title) }),
          ...(topic !== undefined && { topic: cleanTopic(topic) })
        },
        areRoomsNoted()
      )
      hub.roomChanged(room)
      // `rev` makes the id of this change: a repeat, which changes nothing, is noted once.
      if (isOpen(id))
        await note(caller, { what: 'change-room', room: id, reason: room.title }, `${id} ${room.at} ${room.rev ?? 0}`)
      return room
    },

    /**
     * Makes somebody the owner of a room: of an open one for its owner and moderators, and then there is no event, so `seq` is 0.
     * @throws ChatError too-fast, sign-in, not-allowed, no-room, no-person, rooms-full (of that person), and as `changeMember`
     */
    async makeOwner(
      caller: Caller,
      { room: id, ...verb }: { room: string; id: string; person: string }
    ): Promise<Receipt> {
      if (!isOpen(id)) return changeMember(caller, { room: id, ...verb, what: 'owner' })
      spend(caller, costs.createRoom)
      if (!caller.person) throw new ChatError('sign-in')
      restrictions.check(caller.person.id, 'writing')
      if (id === LOBBY || !(await moderates(hub, caller, id))) throw new ChatError('not-allowed')
      const [whom] = await persons.names([verb.person])
      if (!whom) throw new ChatError('no-person')
      const owned = (await directory.list()).filter((room) => room.by === whom.id && room.id !== id)
      if (owned.length >= ROOMS_PER_PERSON) throw new ChatError('rooms-full')
      const room = await log.changeRoom(id, { by: whom.id })
      hub.roomChanged(room)
      await note(
        caller,
        { what: 'change-room', room: id, whom, reason: room.title },
        `${id} ${room.at} ${room.rev ?? 0}`
      )
      return { seq: 0, id: verb.id, at: clock.now() }
    },

    /**
     * Pins a message, or takes the pin away, for those who moderate the room.
     * @throws ChatError too-fast, sign-in, not-allowed, no-room, no-message, too-many
     */
    async pin(caller: Caller, id: string, message: string, on: boolean): Promise<Room> {
      spend(caller, costs.event, 'write')
      if (!caller.person) throw new ChatError('sign-in')
      restrictions.check(caller.person.id, 'writing')
      await authorize(hub, caller, id)
      if (roomKind(id) === 'direct' || !(await moderates(hub, caller, id))) throw new ChatError('not-allowed')
      const room = await log.pin(id, message, on)
      hub.roomChanged(room)
      if (isOpen(id)) await note(caller, { what: on ? 'pin' : 'unpin', room: id }, `${id} ${room.at} ${room.rev ?? 0}`)
      return room
    },

    /** Its creator and moderators may remove a room that holds no messages and in which nobody else is. */
    async removeRoom(caller: Caller, id: string): Promise<void> {
      spend(caller, costs.createRoom)
      if (!caller.person) throw new ChatError('sign-in')
      await authorize(hub, caller, id)
      const others =
        hub
          .people()
          ?.view(id)
          .people.filter(({ key }) => key !== caller.person?.key) ?? []
      if (!(await moderates(hub, caller, id)) || others.length > 0) throw new ChatError('not-allowed')
      const removed = await log.removeRooms([id])
      if (removed.length === 0) throw new ChatError('not-allowed')
      hub.roomRemoved(id)
    }
  }
}
