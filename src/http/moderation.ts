// Mutes, bans, reports and the audit log: /api/moderation. Shapes are the contract's; each route is the event of the same name.
import { Hono, type Context } from 'hono'
import type { Chat } from '../chat/chat.ts'
import { moderationBodies as bodies } from '../contract.ts'
import { ChatError } from '../errors.ts'
import { readBody } from './body.ts'
import type { Requesters } from './requesters.ts'
import { idIn } from './roles.ts'
import { roomIn } from './rooms.ts'

export function moderation({ chat, requesters }: { chat: Chat; requesters: Requesters }) {
  const app = new Hono()

  app.get('/people', async (c) => c.json(await chat.restricted(await requesters.caller(c))))
  app.put('/people/:person/mute', async (c) => {
    const who = await requesters.caller(c)
    return c.json(await chat.mute(who, idIn(c, 'person'), await readBody(c, bodies.mute)))
  })
  app.delete('/people/:person/mute', async (c) =>
    c.json(await chat.unmute(await requesters.caller(c), idIn(c, 'person')))
  )
  app.put('/people/:person/ban', async (c) => {
    const who = await requesters.caller(c)
    return c.json(await chat.ban(who, idIn(c, 'person'), await readBody(c, bodies.ban)))
  })
  app.delete('/people/:person/ban', async (c) =>
    c.json(await chat.unban(await requesters.caller(c), idIn(c, 'person')))
  )

  app.post('/reports/:room/:message', async (c) => {
    const who = await requesters.caller(c)
    const about = { room: roomIn(c), message: idIn(c, 'message') }
    return c.json(await chat.report(who, { ...about, ...(await readBody(c, bodies.report)) }), 201)
  })
  app.get('/reports', async (c) => c.json(chat.reports(await requesters.caller(c), placeIn(c))))
  app.delete('/reports/:report', async (c) => {
    const who = await requesters.caller(c)
    return c.json(await chat.resolveReport(who, idIn(c, 'report'), c.req.query('reason')))
  })

  app.get('/audit', async (c) => c.json(chat.auditLog(await requesters.caller(c), placeIn(c))))
  return app
}

/** `?before=`, the `next` of the page before. @throws ChatError bad-request */
function placeIn(c: Context): number | undefined {
  const before = c.req.query('before')
  if (before === undefined) return undefined
  if (!/^\d{1,15}$/.test(before)) throw new ChatError('bad-request')
  return Number(before)
}
