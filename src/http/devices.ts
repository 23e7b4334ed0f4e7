// The sessions of a person: /api/devices. Shapes are the contract's.
import { Hono, type Context } from 'hono'
import type { Chat } from '../chat/chat.ts'
import { costs } from '../chat/costs.ts'
import { isId } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { Devices } from '../sessions/devices.ts'
import { ownPages } from './security.ts'
import type { Requesters } from './requesters.ts'

export function devices({ chat, devices, requesters }: { chat: Chat; devices: Devices; requesters: Requesters }) {
  const app = new Hono()
  app.use(ownPages(requesters))

  /** @throws ChatError sign-in, too-fast */
  async function mine(c: Context) {
    const session = await requesters.session(c)
    if (!session) throw new ChatError('sign-in')
    chat.spend({ person: session.person, address: requesters.guest(c).address }, costs.event)
    return session
  }

  app.get('/', async (c) => {
    const { id, person } = await mine(c)
    return c.json({ devices: await devices.list(person.id, id) })
  })

  // All others.
  app.delete('/', async (c) => {
    const { id, person } = await mine(c)
    return c.json({ ended: await devices.endOthers(person.id, id) })
  })

  app.delete('/:id', async (c) => {
    const { person } = await mine(c)
    const device = c.req.param('id')
    if (!isId(device)) throw new ChatError('bad-request')
    await devices.end(person.id, device)
    return c.body(null, 204)
  })

  return app
}
