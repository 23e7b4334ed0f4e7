// Rooms for programs: /api/rooms. Shapes are the contract's.
import { Hono, type Context } from 'hono'
import { ChatError } from '../errors.ts'
import type { Chat } from '../chat/chat.ts'
import { PAGE_MESSAGES, bodies, isId, isRoomId } from '../contract.ts'
import type { Log } from '../process/logger.ts'
import { payForBody, readBody, readPaging } from './body.ts'
import { answerErrors, plainRefusal, type RefusalBody } from './errors.ts'
import { guestCors, ownPages } from './security.ts'
import type { Requesters } from './requesters.ts'

/** Here a name that is refused is a room's title. */
const refusal: RefusalBody = (reason, sentence) =>
  plainRefusal(reason, reason === 'name-bad' ? sentence.replace('name', 'title') : sentence)

export interface RoomsOptions {
  chat: Chat
  requesters: Requesters
  log: Log
  /** The lobby may be read without a session. */
  openLobby: boolean
  /** Nobody without a session learns anything. */
  forMembers: boolean
}

export function rooms({ chat, requesters, log, openLobby, forMembers }: RoomsOptions) {
  const app = new Hono()
  app.onError(answerErrors(log, refusal))
  app.use(guestCors(requesters, ['GET']), ownPages(requesters), payForBody({ chat, requesters }))

  app.get('/', async (c) => {
    const caller = await requesters.caller(c)
    if (!caller.person && forMembers) throw new ChatError('sign-in')
    return c.json(await chat.rooms(caller, c.req.query('after')))
  })

  app.post('/', async (c) => {
    const caller = await requesters.person(c)
    const { title } = await readBody(c, bodies.room)
    return c.json(await chat.createRoom(caller, title), 201)
  })

  app.patch('/:room', async (c) => {
    const caller = await requesters.person(c)
    const room = roomIn(c)
    return c.json(await chat.changeRoom(caller, room, await readBody(c, bodies.roomChange)))
  })

  app.delete('/:room', async (c) => {
    const caller = await requesters.person(c)
    await chat.removeRoom(caller, roomIn(c))
    return c.body(null, 204)
  })

  // Private rooms and direct conversations have addresses of their own: an earlier server must not create an open room instead.
  app.post('/private', async (c) => {
    const { title, history = false } = await readBody(c, bodies.privateRoom)
    return c.json(await chat.createPrivate(await requesters.caller(c), title, history), 201)
  })
  app.post('/direct', async (c) => {
    const { people } = await readBody(c, bodies.direct)
    return c.json(await chat.openDirect(await requesters.caller(c), people), 201)
  })

  app.get('/:room/members', async (c) => {
    return c.json({ members: await chat.members(await requesters.caller(c), roomIn(c)) })
  })
  // Lets a person in, or with `owner` makes a member of it, or anybody of an open room, the owner.
  app.post('/:room/members', async (c) => {
    const { id = chat.newId(), person, owner } = await readBody(c, bodies.member)
    const change = { room: roomIn(c), id, person }
    const caller = await requesters.caller(c)
    return c.json(
      await (owner ? chat.makeOwner(caller, change) : chat.changeMember(caller, { ...change, what: 'joined' })),
      201
    )
  })
  // Removes a member, or leaves.
  app.delete('/:room/members/:person', async (c) => {
    const caller = await requesters.caller(c)
    const person = c.req.param('person')
    const what = person === caller.person?.id ? 'left' : 'removed'
    await chat.changeMember(caller, { room: roomIn(c), id: chat.newId(), person, what })
    return c.body(null, 204)
  })

  // Without removed messages, which have no text.
  app.get('/:room/messages', async (c) => {
    const caller = await requesters.caller(c)
    if (!caller.person && !openLobby) throw new ChatError('sign-in')
    const room = roomIn(c)
    const { before, limit } = readPaging(c, PAGE_MESSAGES)
    return c.json(await chat.page(caller, room, before, limit, { removed: false, now: true }))
  })

  app.post('/:room/messages', async (c) => {
    const caller = await requesters.person(c)
    const room = roomIn(c)
    const { id = chat.newId(), text, replyTo } = await readBody(c, bodies.message)
    return c.json(await chat.send(caller, { room, id, text, replyTo }), 201)
  })

  app.get('/:room/messages/:id/history', async (c) => {
    const caller = await requesters.caller(c)
    return c.json({ texts: await chat.history(caller, roomIn(c), messageIn(c)) })
  })

  for (const [method, on] of [
    ['PUT', true],
    ['DELETE', false]
  ] as const)
    app.on(method, '/:room/pins/:id', async (c) => {
      const caller = await requesters.caller(c)
      return c.json(await chat.pin(caller, roomIn(c), messageIn(c), on))
    })

  app.delete('/:room/messages/:id', async (c) => {
    const caller = await requesters.person(c)
    await chat.remove(caller, { room: roomIn(c), id: chat.newId(), message: messageIn(c) })
    return c.body(null, 204)
  })

  return app
}

/** The room in the path. @throws ChatError no-room */
export function roomIn(c: Context): string {
  const room = c.req.param('room')
  if (!isRoomId(room)) throw new ChatError('no-room')
  return room
}

function messageIn(c: Context): string {
  const id = c.req.param('id')
  if (!isId(id)) throw new ChatError('no-message')
  return id
}
