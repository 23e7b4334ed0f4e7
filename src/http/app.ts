// Where programs ask and browsers get the client: one Hono app with one error path. `/socket.io/` never comes here.
import type { IncomingMessage } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { methodNotAllowed } from 'hono/method-not-allowed'
import type { Chat } from '../chat/chat.ts'
import type { Clock } from '../chat/clock.ts'
import type { People } from '../chat/people.ts'
import type { RevocationList } from '../chat/revocation-list.ts'
import type { Config } from '../config.ts'
import type { Identity } from '../identity.ts'
import type { Log } from '../log.ts'
import type { Origins } from '../origins.ts'
import { answerErrors, answerMethods } from './errors.ts'
import { health, type Readiness } from './health.ts'
import { messages } from './messages.ts'
import { notFound } from './not-found.ts'
import { presence } from './presence.ts'
import { rooms } from './rooms.ts'
import { securityHeaders } from './security.ts'
import { session } from './session.ts'
import type { Assets } from './static.ts'
import { limitUnread } from './unread.ts'
import { createWho } from './who.ts'

export interface AppOptions {
  chat: Chat
  people: People
  identity: Identity
  revocations: RevocationList
  clock: Pick<Clock, 'now'>
  origins: Origins
  assets: Assets
  config: Pick<Config, 'region' | 'instance' | 'publicOrigin' | 'moderatorToken' | 'guestProtocols'>
  readiness(): Readiness
  onModeratorAttempt(result: 'ok' | 'wrong' | 'too-fast'): void
  log: Log
  /** The address that limits count by. */
  address(request: IncomingMessage): string
}

export function createApp(options: AppOptions): Hono {
  const { chat, people, assets, config, log } = options
  const who = createWho({
    ...options,
    clientAddress: (c) => options.address((c.env as HttpBindings).incoming)
  })

  const app = new Hono()
  app.onError(answerErrors(log))
  app.notFound(notFound)
  app.use(securityHeaders(who))
  app.use(methodNotAllowed({ app, onMethodNotAllowed: answerMethods() }))

  const unread = limitUnread((c) => who.guest(c).address)
  app.use('/api/rooms/*', unread)

  app.route('/health', health({ ...config, readiness: options.readiness, build: assets.build }))
  app.route('/api/session', session({ ...options, who, moderatorToken: config.moderatorToken }))
  app.route('/api/rooms', rooms({ chat, who, openLobby: config.guestProtocols }))
  app.route('/api/presence', presence({ chat, people, who }))
  if (config.guestProtocols) app.route('/api/messages', messages({ chat, people, who, log, unread }))

  // Not a route, so that other methods at other addresses are not found rather than not allowed.
  app.use((c, next) => {
    const asset =
      c.req.method === 'GET' || c.req.method === 'HEAD'
        ? assets.serve(c.req.path, c.req.header('accept-encoding'), c.req.raw.headers)
        : null
    return asset ? Promise.resolve(asset) : next()
  })
  return app
}
