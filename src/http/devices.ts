// The sessions of a person: /api/devices. Shapes are the contract's.
import { Hono, type Context } from 'hono'
import { LINK_LASTS_MS, type Links } from '../accounts/links.ts'
import type { Chat } from '../chat/chat.ts'
import { costs } from '../chat/costs.ts'
import type { DeviceLink } from '../contract/accounts.ts'
import { isId } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { Devices } from '../sessions/devices.ts'
import { ownPages } from './security.ts'
import type { Requesters } from './requesters.ts'

interface DeviceRoutes {
  chat: Chat
  devices: Devices
  links: Links
  requesters: Requesters
}

export function devices({ chat, devices, links, requesters }: DeviceRoutes) {
  const app = new Hono()
  app.use(ownPages(requesters))

  /** @throws ChatError sign-in, too-fast */
  async function mine(c: Context, cost: number = costs.event) {
    const session = await requesters.session(c)
    if (!session) throw new ChatError('sign-in')
    chat.spend({ person: session.person, address: requesters.guest(c).address }, cost)
    return session
  }

  app.get('/', async (c) => {
    const { id, person } = await mine(c)
    return c.json({ devices: await devices.list(person.id, id) })
  })

  app.post('/link', async (c) => {
    const session = await mine(c, costs.ceremony)
    return c.json(
      { token: await links.create(session.person.id, session.id), lastsMs: LINK_LASTS_MS } satisfies DeviceLink,
      201
    )
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
