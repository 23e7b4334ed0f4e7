// Passkeys: of a person at /api/passkeys, and to sign in with at /api/session/passkey. Only pages have them, at the page's own address.
import { isIP } from 'node:net'
import { Hono, type Context } from 'hono'
import type { Passkeys, Site } from '../accounts/passkeys.ts'
import { costs } from '../chat/costs.ts'
import { credentialId, passkeyBodies } from '../contract/accounts.ts'
import { CeremonyFailed } from '../errors.ts'
import type { Standings } from '../people/standings.ts'
import type { Log } from '../process/logger.ts'
import { deviceName } from '../sessions/device-name.ts'
import { readBody } from './body.ts'
import type { Requesters } from './requesters.ts'
import * as v from 'valibot'

interface PasskeyRoutes {
  passkeys: Passkeys
  requesters: Requesters
  standings: Pick<Standings, 'raise'>
  log: Pick<Log, 'error'>
}

export function passkeys({ passkeys, requesters, standings, log }: PasskeyRoutes) {
  const app = new Hono()
  const onError = (cause: unknown) => log.error({ err: cause }, 'a person with a passkey is no member yet')

  app.get('/', async (c) => {
    const { id } = (await requesters.paying(c)).person
    return c.json({ passkeys: await passkeys.list(id) })
  })

  app.post('/options', async (c) => {
    const { person } = await requesters.paying(c, costs.ceremony)
    return c.json(await passkeys.addOptions(person, siteOf(c, requesters)))
  })

  app.post('/', async (c) => {
    const { id } = (await requesters.paying(c, costs.ceremony)).person
    const { name = deviceName(c.req.header('user-agent')), response } = await readBody(c, passkeyBodies.added)
    const added = await passkeys.add(id, siteOf(c, requesters), { name, response })
    standings.raise(id, 'member').catch(onError)
    return c.json(added, 201)
  })

  app.patch('/:id', async (c) => {
    const { id } = (await requesters.paying(c)).person
    const { name } = await readBody(c, passkeyBodies.renamed)
    await passkeys.rename(id, passkeyIn(c), name)
    return c.body(null, 204)
  })

  app.delete('/:id', async (c) => {
    const { id } = (await requesters.paying(c)).person
    await passkeys.remove(id, passkeyIn(c), c.req.query('last') === 'true')
    return c.body(null, 204)
  })

  return app
}

/** @throws CeremonyFailed passkey-unknown */
function passkeyIn(c: Context): string {
  const id = c.req.param('id')
  if (!v.is(credentialId, id)) throw new CeremonyFailed('passkey-unknown')
  return id
}

/** The page's own address. @throws CeremonyFailed no-passkeys-here for a program, and for an address without a name */
export function siteOf(c: Context, requesters: Pick<Requesters, 'standing'>): Site {
  const origin = requesters.standing(c) === 'own' ? c.req.header('origin')?.toLowerCase() : undefined
  const host = origin === undefined ? '' : new URL(origin).hostname
  if (origin === undefined || isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0) throw new CeremonyFailed('no-passkeys-here')
  return { origin, host }
}
