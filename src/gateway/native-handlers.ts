// What each event of a native client does. Payloads have passed their schemas; refusals are thrown as ChatError.
import { costs } from '../chat/costs.ts'
import type { Caller, Chat } from '../chat/chat.ts'
import { ChatError } from '../errors.ts'
import { PAGE_MESSAGES, isOpen, type Answers, type ClientEvent, type Payload, type Present } from '../contract.ts'
import type { People } from '../presence/presence.ts'
import type { Devices } from '../sessions/devices.ts'
import type { ConnectionReads } from './connection-reads.ts'
import type { CursorProofs } from './cursor-proofs.ts'
import type { GatewayHooks } from './metrics-hooks.ts'
import type { OpenRooms } from './open-rooms.ts'
import { encodeOnce } from './encodings.ts'
import type { OpenAnswers, SentOpened } from './protocol-versions.ts'

/** One connection of a native client. */
export interface NativeConnection {
  chat: Chat
  people: People
  devices: Devices
  /** Id and person of its session. */
  session: { id: string; person: string }
  caller: Caller
  me: Present
  /** Version of the protocol of the client. */
  version: number
  rooms: OpenRooms
  read: ConnectionReads
  region: string
  instance: string
  hooks: Pick<GatewayHooks, 'resynced'>
  proofs: CursorProofs
  openAnswer: OpenAnswers
  /** The client has announced that its page is being closed. */
  leaves(): void
}

/** What is sent as the answer to each event. */
export type Sent<E extends ClientEvent> = E extends 'room:open' ? SentOpened : Answers[E]

type Handlers = {
  [E in ClientEvent]: (to: NativeConnection, payload: Payload<E>) => Promise<Sent<E>> | Sent<E>
}

export const handlers: Handlers = {
  async 'room:list'({ chat, caller, read }, { after }) {
    const answer = await read(() => chat.rooms(caller, after))
    for (const room of answer.rooms) encodeOnce(room)
    return answer
  },

  'room:create': ({ chat, caller }, { title }) => chat.createRoom(caller, title),

  'room:change': ({ chat, caller }, { room, ...change }) => chat.changeRoom(caller, room, change),

  'message:pin': ({ chat, caller }, { room, message, on }) => chat.pin(caller, room, message, on),

  async 'room:remove'({ chat, caller, rooms }, { room }) {
    await chat.removeRoom(caller, room)
    rooms.leave(room, 'left')
    return null
  },

  'private:create': ({ chat, caller }, { title, history = false }) => chat.createPrivate(caller, title, history),
  'direct:open': ({ chat, caller }, { people }) => chat.openDirect(caller, people),
  'member:list': ({ chat, caller, read }, { room }) =>
    read(async () => ({ members: await chat.members(caller, room) })),
  'member:add': ({ chat, caller }, payload) => chat.changeMember(caller, { ...payload, what: 'joined' }),
  'member:remove': ({ chat, caller }, payload) => chat.changeMember(caller, { ...payload, what: 'removed' }),
  'member:own': ({ chat, caller }, payload) => chat.makeOwner(caller, payload),
  'member:leave': ({ chat, caller, session }, payload) =>
    chat.changeMember(caller, { ...payload, what: 'left', person: session.person }),

  async 'room:open'(
    { chat, people, caller, me, version, rooms, read, hooks, proofs, openAnswer },
    { room, cursor = null }
  ) {
    const proven = cursor !== null && proofs.isProven(room, cursor)
    const answer = await rooms.open(room, (access) => read(() => chat.open(caller, room, cursor, proven, access)))
    if (cursor) hooks.resynced(answer.sync.kind)
    return openAnswer(version, { ...answer, people: people.view(room, me) })
  },

  'room:leave'({ rooms }, { room }) {
    rooms.leave(room, 'left')
    return null
  },

  'room:before'({ chat, caller, rooms, read }, { room, before, limit = PAGE_MESSAGES }) {
    rooms.check(room)
    return read(() => chat.page(caller, room, { seq: before }, limit))
  },

  async 'message:read'({ chat, caller, rooms, read }, { room, message }) {
    rooms.check(room)
    const page = await read(() => chat.page(caller, room, { upTo: message }, 1))
    const [found] = page.messages
    if (!found) throw new ChatError('no-message')
    return found
  },

  async 'message:history'({ chat, caller, rooms, read }, { room, message }) {
    rooms.check(room)
    return { texts: await read(() => chat.history(caller, room, message)) }
  },

  async 'message:send'({ chat, caller, rooms }, payload) {
    const { seq, id, at } = await rooms.whileTypingEnds(payload.room, () => chat.send(caller, payload))
    return { seq, id, at }
  },

  'message:edit'({ chat, caller, rooms }, payload) {
    rooms.check(payload.room)
    return chat.edit(caller, payload)
  },

  'message:remove'({ chat, caller, rooms }, payload) {
    rooms.check(payload.room)
    return chat.remove(caller, payload)
  },

  'message:react'({ chat, caller, rooms }, payload) {
    rooms.check(payload.room)
    return chat.react(caller, payload)
  },

  async 'read:list'({ chat, caller, rooms, read }) {
    const unread = await read(() => chat.unread(caller))
    rooms.follow(unread)
    return { rooms: unread }
  },

  'alerts:get': ({ chat, caller }) => chat.alerts(caller),

  'alerts:set': ({ chat, caller }, change) => chat.setAlerts(caller, change),

  'alerts:test': ({ chat, caller }, { endpoint }) => chat.testAlert(caller, endpoint),

  'mention:list': ({ chat, caller, read }) => read(async () => ({ mentions: await chat.mentions(caller) })),

  async 'read:move'({ chat, caller, rooms }, { positions }) {
    await chat.moveRead(
      caller,
      positions.filter(({ room }) => isOpen(room) || rooms.has(room))
    )
    return null
  },

  'typing:set'({ rooms }, { room, on }) {
    rooms.setTyping(room, on)
    return null
  },

  async 'person:block'({ chat, caller }, { person, on }) {
    await chat.block(caller, person, on)
    return null
  },
  'person:blocked': ({ chat, caller, read }) => read(async () => ({ people: await chat.blocked(caller) })),
  'people:search': ({ chat, caller, read }, { text, from }) => read(() => chat.searchPeople(caller, text, from)),

  'profile:list': ({ chat, caller, read }, { keys, people }) => read(() => chat.profiles(caller, keys, people)),
  'profile:set': ({ chat, caller }, profile) => chat.setProfile(caller, profile),
  'role:give': ({ chat, caller }, { person, role }) => chat.giveRole(caller, person, role),
  'role:list': ({ chat, caller, read }) => read(() => chat.leaders(caller)),
  'invitation:create': ({ chat, caller }, terms) => chat.invite(caller, terms),
  'invitation:list': ({ chat, caller, read }, { room }) => read(() => chat.invitations(caller, room)),
  async 'invitation:withdraw'({ chat, caller }, { invitation }) {
    await chat.withdrawInvitation(caller, invitation)
    return null
  },

  'person:mute': ({ chat, caller }, { person, ...terms }) => chat.mute(caller, person, terms),
  'person:unmute': ({ chat, caller }, { person }) => chat.unmute(caller, person),
  'person:ban': ({ chat, caller }, { person, ...terms }) => chat.ban(caller, person, terms),
  'person:unban': ({ chat, caller }, { person }) => chat.unban(caller, person),
  'restriction:list': ({ chat, caller, read }) => read(() => chat.restricted(caller)),
  'message:report': ({ chat, caller }, report) => chat.report(caller, report),
  'report:list': ({ chat, caller, read }, { before }) => read(async () => chat.reports(caller, before)),
  'report:resolve': ({ chat, caller }, { report, reason }) => chat.resolveReport(caller, report, reason),
  'audit:list': ({ chat, caller, read }, { before }) => read(async () => chat.auditLog(caller, before)),

  'person:active'({ chat, caller }) {
    chat.spend(caller, costs.event)
    return null
  },

  'person:bye'({ leaves }) {
    leaves()
    return null
  },

  async 'device:list'({ chat, caller, devices, session }) {
    chat.spend(caller, costs.event)
    return { devices: await devices.list(session.person, session.id) }
  },

  async 'device:end'({ chat, caller, devices, session }, { device }) {
    chat.spend(caller, costs.event)
    await devices.end(session.person, device)
    return null
  },

  async 'device:end-others'({ chat, caller, devices, session }) {
    chat.spend(caller, costs.event)
    return { ended: await devices.endOthers(session.person, session.id) }
  },

  'region:ping'({ chat, caller, region, instance }) {
    chat.spend(caller, costs.event)
    return { region, instance }
  }
}
