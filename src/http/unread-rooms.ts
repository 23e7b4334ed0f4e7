// How far a person has read, and who mentions them: /api/unread. Shapes are the contract's.
import { Hono } from 'hono'
import type { Chat } from '../chat/chat.ts'
import { bodies } from '../contract.ts'
import { readBody } from './body.ts'
import type { Requesters } from './requesters.ts'

export function unreadRooms({ chat, requesters }: { chat: Chat; requesters: Requesters }) {
  const app = new Hono()

  app.get('/', async (c) => c.json({ rooms: await chat.unread(await requesters.caller(c)) }))

  app.put('/', async (c) => {
    const { positions } = await readBody(c, bodies.read)
    await chat.moveRead(await requesters.caller(c), positions)
    return c.body(null, 204)
  })

  app.get('/mentions', async (c) => c.json({ mentions: await chat.mentions(await requesters.caller(c)) }))

  return app
}
