// The verbs about rooms: list, create, remove.
import { LOBBY, type Room, type RoomChange, type RoomSummary } from '../contract.ts'
import type { Clock } from '../clock.ts'
import { ChatError } from '../errors.ts'
import type { MessageLog } from '../log/message-log.ts'
import type { Caller } from './announcement.ts'
import { costs, roomListCost } from './costs.ts'
import type { Hub } from './hub.ts'
import type { ModerationVerbs } from './moderation-verbs.ts'
import { moderates } from './permissions.ts'
import { createRoomExpiry } from './room-expiry.ts'
import { fittingRooms } from './room-list.ts'
import { cleanTitle, cleanTopic, roomIdFor } from './rules.ts'

export function createRoomVerbs(options: {
  log: MessageLog
  clock: Clock
  hub: Hub
  roomLimit: number
  note: ModerationVerbs['note']
  onError(cause: unknown): void
}) {
  const { log, clock, hub, roomLimit, note, onError } = options
  const { directory, budget } = hub
  const { spend } = budget
  const expiry = createRoomExpiry({
    log,
    clock,
    isDeserted(room) {
      const people = hub.people()
      return people !== null && people.current && people.view(room).count === 0
    },
    removed: hub.roomRemoved
  })

  return {
    async rooms(caller: Caller): Promise<RoomSummary[]> {
      spend(caller, costs.event)
      const all = caller.person ? await directory.list() : [await directory.find(LOBBY)]
      if (caller.person) expiry.look(all).catch(onError)
      await hub.payForAnswer(caller, roomListCost(all.length))
      return fittingRooms(all.map((room) => ({ ...room, people: hub.people()?.view(room.id).count ?? 0 })))
    },

    async createRoom(caller: Caller, rawTitle: string): Promise<Room> {
      spend(caller, costs.createRoom)
      if (!caller.person) throw new ChatError('sign-in')
      const title = cleanTitle(rawTitle)
      const wait = budget.wait('rooms', caller.address)
      if (wait > 0) throw new ChatError('too-fast', wait)
      const wanted = { id: roomIdFor(title), title, by: caller.person.id, at: clock.now() }
      const room = await log.createRoom(wanted, roomLimit).catch(async (cause: unknown) => {
        if (!(cause instanceof ChatError) || cause.reason !== 'rooms-full') throw cause
        await expiry.look(await directory.list(), true)
        return log.createRoom(wanted, roomLimit)
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
      const isForLobby = title === undefined && !settings.archived
      if ((id === LOBBY && !isForLobby) || !(await moderates(hub, caller, id))) throw new ChatError('not-allowed')
      const room = await log.changeRoom(id, {
        ...settings,
        ...(title !== undefined && { title: cleanTitle(title) }),
        ...(topic !== undefined && { topic: cleanTopic(topic) })
      })
      hub.roomChanged(room)
      // `rev` makes the id of this change: a repeat, which changes nothing, is noted once.
      await note(caller, { what: 'change-room', room: id, reason: room.title }, `${id} ${room.at} ${room.rev ?? 0}`)
      return room
    },

    /** Its creator and moderators may remove a room that holds no messages and in which nobody else is. */
    async removeRoom(caller: Caller, id: string): Promise<void> {
      spend(caller, costs.createRoom)
      if (!caller.person) throw new ChatError('sign-in')
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
