// The sessions of a person: /api/devices. Shapes are the contract's.
import { Hono } from 'hono'
import { LINK_LASTS_MS, type Links } from '../accounts/links.ts'
import { costs } from '../chat/costs.ts'
import type { DeviceLink } from '../contract/accounts.ts'
import { isId } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { Devices } from '../sessions/devices.ts'
import type { Requesters } from './requesters.ts'

interface DeviceRoutes {
  devices: Devices
  links: Links
  requesters: Requesters
}

export function devices({ devices, links, requesters }: DeviceRoutes) {
  const app = new Hono()

  app.get('/', async (c) => {
    const { id, person } = await requesters.paying(c)
    return c.json({ devices: await devices.list(person.id, id) })
  })

  app.post('/link', async (c) => {
    const session = await requesters.paying(c, costs.ceremony)
    return c.json(
      { token: await links.create(session.person.id, session.id), lastsMs: LINK_LASTS_MS } satisfies DeviceLink,
      201
    )
  })

  // All others.
  app.delete('/', async (c) => {
    const { id, person } = await requesters.paying(c)
    return c.json({ ended: await devices.endOthers(person.id, id) })
  })

  app.delete('/:id', async (c) => {
    const { person } = await requesters.paying(c)
    const device = c.req.param('id')
    if (!isId(device)) throw new ChatError('bad-request')
    await devices.end(person.id, device)
    return c.body(null, 204)
  })

  return app
}
