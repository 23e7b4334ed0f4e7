// The HTTP API and the files of the web client: one Hono app with one error path. It never sees `/socket.io/`.
import { Hono } from 'hono'
import { methodNotAllowed } from 'hono/method-not-allowed'
import type { Accounts } from '../accounts/accounts.ts'
import type { Oidc } from '../accounts/oidc.ts'
import { ways } from './ways.ts'
import type { Links } from '../accounts/links.ts'
import type { Passkeys } from '../accounts/passkeys.ts'
import type { Chat } from '../chat/chat.ts'
import type { Clock } from '../clock.ts'
import type { People } from '../presence/presence.ts'
import type { Registry } from '../people/registry.ts'
import type { Devices } from '../sessions/devices.ts'
import type { Entry } from '../people/entry.ts'
import type { Restrictions } from '../people/restrictions.ts'
import type { Standings } from '../people/standings.ts'
import type { RevocationList } from '../sessions/revocation-list.ts'
import type { Config } from '../process/config.ts'
import type { Identity } from '../identity.ts'
import type { Log } from '../process/logger.ts'
import type { Origins } from '../origins.ts'
import { person } from './person.ts'
import { passkeys } from './passkeys.ts'
import { devices } from './devices.ts'
import { answerErrors, answerMethods } from './errors.ts'
import { health, type Readiness } from './health.ts'
import { LIST_MAX_BYTES, messages } from './messages.ts'
import { notFound } from './not-found.ts'
import { moderation } from './moderation.ts'
import { presence } from './presence.ts'
import { invitations, roles } from './roles.ts'
import { rooms } from './rooms.ts'
import { unreadRooms } from './unread-rooms.ts'
import { payForBody } from './body.ts'
import { ownPages, securityHeaders } from './security.ts'
import { session } from './session.ts'
import type { Assets } from './static.ts'
import { roomForFile, roomToAnswer } from './unread.ts'
import type { Proxies } from '../access/proxies.ts'
import type { UnsentBudget } from '../access/unsent.ts'
import { ANSWER_MAX_BYTES } from '../log/answer-bytes.ts'
import { createRequesters } from './requesters.ts'

export interface AppOptions {
  chat: Chat
  people: People
  identity: Identity
  revocations: RevocationList
  registry: Registry
  devices: Devices
  standings: Standings
  restrictions: Restrictions
  passkeys: Passkeys
  entry: Entry
  links: Links
  accounts: Accounts
  oidc: Oidc | null
  clock: Pick<Clock, 'now'>
  origins: Origins
  assets: Assets
  config: Pick<Config, 'region' | 'instance' | 'publicOrigin' | 'moderatorToken' | 'guestProtocols' | 'access'>
  readiness(): Readiness
  onModeratorAttempt(result: 'ok' | 'wrong' | 'too-fast'): void
  log: Log
  unsent: Pick<UnsentBudget, 'reserve'>
  proxies: Pick<Proxies, 'addressOf' | 'isHttps'>
}

export function createApp(options: AppOptions): Hono {
  const { chat, people, assets, config, log } = options
  const requesters = createRequesters(options)

  const app = new Hono()
  app.onError(answerErrors(log))
  app.notFound(notFound(assets))
  app.use(securityHeaders({ ...config, clock: options.clock }))
  app.use(methodNotAllowed({ app, onMethodNotAllowed: answerMethods() }))

  const room = (bytes: number) => roomToAnswer(options.unsent, (c) => requesters.guest(c).address, bytes)
  app.use('/api/rooms/*', room(ANSWER_MAX_BYTES))

  app.route('/health', health({ ...config, readiness: options.readiness, build: assets.build }))

  /** Routes that only our own pages and programs may use, and not pages of guests. */
  function own(path: string, routes: Hono) {
    app.use(`${path}/*`, ownPages(requesters), payForBody({ chat, requesters }))
    app.route(path, routes)
  }
  // First: its routes are beside those that follow, and have guards of their own.
  app.route('/api/session', ways({ ...options, requesters }))
  own('/api/session', session({ ...options, requesters, moderatorToken: config.moderatorToken, access: config.access }))
  own('/api/person', person({ ...options, requesters }))
  own('/api/passkeys', passkeys({ ...options, requesters }))
  own('/api/devices', devices({ ...options, requesters }))
  own('/api/unread', unreadRooms({ chat, requesters }))
  own('/api/roles', roles({ chat, requesters }))
  own('/api/invitations', invitations({ chat, requesters }))
  own('/api/moderation', moderation({ chat, requesters }))

  const forMembers = config.access === 'invite' && !config.guestProtocols
  app.route('/api/rooms', rooms({ chat, requesters, log, openLobby: config.guestProtocols, forMembers }))
  app.route('/api/presence', presence({ chat, people, requesters, forMembers }))
  if (config.guestProtocols)
    app.route('/api/messages', messages({ chat, people, requesters, log, room: room(LIST_MAX_BYTES) }))

  // Not a route: otherwise a wrong method at an unknown address would get 405 instead of 404.
  app.use(async (c, next) => {
    const asset =
      c.req.method === 'GET' || c.req.method === 'HEAD'
        ? assets.serve(c.req.path, c.req.header('accept-encoding'), c.req.raw.headers)
        : null
    if (!asset) return next()
    if (c.req.method === 'GET') await roomForFile(options.unsent, requesters.guest(c).address, asset)
    return asset
  })
  return app
}
