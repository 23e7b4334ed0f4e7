// A person's own data: /api/person. To download what they wrote, and to leave for good.
import { Readable } from 'node:stream'
import { Hono, type Context } from 'hono'
import type { Accounts } from '../accounts/accounts.ts'
import type { Passkeys } from '../accounts/passkeys.ts'
import type { Chat } from '../chat/chat.ts'
import { costs } from '../chat/costs.ts'
import { leavingBody } from '../contract/accounts.ts'
import type { Session } from '../identity.ts'
import type { Registry } from '../people/registry.ts'
import type { Standings } from '../people/standings.ts'
import type { Devices } from '../sessions/devices.ts'
import { readBody } from './body.ts'
import type { Requesters } from './requesters.ts'

interface PersonRoutes {
  chat: Chat
  accounts: Accounts
  passkeys: Passkeys
  devices: Devices
  registry: Registry
  standings: Standings
  requesters: Requesters
}

export function person(options: PersonRoutes) {
  const { chat, accounts, passkeys, devices, registry, standings, requesters } = options
  const app = new Hono()

  // It is read while it is sent. When that fails, the connection ends, and the JSON is no JSON.
  app.get('/data', async (c) => {
    const { id, person } = await requesters.paying(c, costs.ceremony)
    const caller = { ...requesters.guest(c, person.name), person }
    const about = {
      person,
      devices: await devices.list(person.id, id),
      passkeys: await passkeys.list(person.id)
    }
    async function* json() {
      yield `${JSON.stringify(about).slice(0, -1)},"messages":[`
      let isFirst = true
      for await (const { room, messages } of chat.written(caller, person))
        for (const message of messages) {
          yield `${isFirst ? '' : ',\n'}${JSON.stringify({ room: room.id, title: room.title, ...message })}`
          isFirst = false
        }
      yield ']}\n'
    }
    // One page waits at most.
    const bytes = Readable.toWeb(Readable.from(json(), { objectMode: false, highWaterMark: 1 })) as ReadableStream
    return c.body(bytes, 200, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Disposition': 'attachment; filename="taifas.json"'
    })
  })

  app.delete('/', async (c) => {
    const session = await requesters.paying(c, costs.ceremony)
    const { person } = session
    const { messages } = await readBody(c, leavingBody)
    const { id } = person
    // Somebody must own the chat. A mute or a ban stays: nobody gets rid of it by leaving.
    if (person.role === 'owner') await standings.change(id, (before) => ({ ...before, role: 'visitor' }))
    await chat.takeAway(person, messages === 'erase')
    await Promise.all([chat.forgetReads(id), chat.forgetAlerts(id)])
    await accounts.end(id)
    if (!isRestricted(id)) await standings.forget(id)
    await registry.leave(id)
    // From here on the person can't repeat it.
    await endSessions(c, session)
    // A request of another session may have stored the person again meanwhile, and files may hold what is gone from the store.
    await registry.leave(id)
    await chat.forgetName(id)
    return c.body(null, 204)
  })

  async function endSessions(c: Context, session: Session) {
    await requesters.deleteCookie(c, session.person.id)
    await devices.endOthers(session.person.id, session.id)
    chat.signOut(session.person.id, session.id)
    await devices.signOut(session)
  }

  function isRestricted(id: string) {
    const { mutedUntil = 0, bannedUntil = 0 } = standings.of(id)
    return Math.max(mutedUntil, bannedUntil) > Date.now()
  }

  return app
}
