// Roles and invitations: /api/roles and /api/invitations. Shapes are the contract's.
import { Hono, type Context } from 'hono'
import type { Chat } from '../chat/chat.ts'
import { bodies, isId, isRoomId } from '../contract.ts'
import { ChatError } from '../errors.ts'
import { readBody } from './body.ts'
import type { Requesters } from './requesters.ts'

interface Options {
  chat: Chat
  requesters: Requesters
}

export function roles({ chat, requesters }: Options) {
  const app = new Hono()

  app.get('/', async (c) => c.json(await chat.leaders(await requesters.caller(c))))

  app.put('/:person', async (c) => {
    const caller = await requesters.caller(c)
    const { role } = await readBody(c, bodies.role)
    return c.json(await chat.giveRole(caller, idIn(c, 'person'), role))
  })

  return app
}

export function invitations({ chat, requesters }: Options) {
  const app = new Hono()

  app.get('/', async (c) => {
    const { room } = c.req.query()
    if (room !== undefined && !isRoomId(room)) throw new ChatError('no-room')
    return c.json(await chat.invitations(await requesters.caller(c), room))
  })

  app.post('/', async (c) => {
    const caller = await requesters.caller(c)
    return c.json(await chat.invite(caller, await readBody(c, bodies.invitation)), 201)
  })

  app.delete('/:invitation', async (c) => {
    await chat.withdrawInvitation(await requesters.caller(c), idIn(c, 'invitation'))
    return c.body(null, 204)
  })

  // For somebody who has no session yet. Not in the path, which proxies log.
  app.post('/preview', async (c) => {
    const { code } = await readBody(c, bodies.code)
    return c.json(await chat.previewInvitation(requesters.guest(c), code))
  })

  return app
}

export function idIn(c: Context, name: string): string {
  const id = c.req.param(name)
  if (!isId(id)) throw new ChatError('bad-request')
  return id
}
