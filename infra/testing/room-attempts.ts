// How every native event and every HTTP route is tried in a room, by those who may and by those who must not learn of it.
import { newId, type ClientEvent } from '../../src/contract.ts'
import type { TestClient } from './clients.ts'

/** The room, a message in it, and somebody who is not in it. */
export interface Target {
  room: string
  message: string
  person: string
}

/** A payload that is about the room; null for what names none, whose answers must not contain anything of the room either. */
type Payload = ((target: Target) => object) | null

export const triedEvents: Record<ClientEvent, Payload> = {
  'room:list': null,
  'room:create': null,
  'private:create': null,
  'direct:open': null,
  'read:list': null,
  'mention:list': null,
  'alerts:get': null,
  'alerts:set': ({ room }) => ({ level: { room, level: 'all' } }),
  'alerts:test': null,
  'read:move': ({ room }) => ({ positions: [{ room, epoch: 'epoch', seq: 1, back: 0 }] }),
  'room:open': ({ room }) => ({ room }),
  'room:before': ({ room }) => ({ room, before: 1_000 }),
  'message:read': ({ room, message }) => ({ room, message }),
  'message:history': ({ room, message }) => ({ room, message }),
  'message:send': ({ room }) => ({ room, id: newId(), text: 'from outside' }),
  'message:edit': ({ room, message }) => ({ room, id: newId(), message, text: 'edited' }),
  'message:react': ({ room, message }) => ({ room, id: newId(), message, emoji: '👍', on: true }),
  'message:report': ({ room, message }) => ({ room, message, reason: 'unkind' }),
  'message:remove': ({ room, message }) => ({ room, id: newId(), message }),
  'typing:set': ({ room }) => ({ room, on: true }),
  'member:list': ({ room }) => ({ room }),
  'member:add': ({ room, person }) => ({ room, id: newId(), person }),
  'member:own': ({ room, person }) => ({ room, id: newId(), person }),
  'member:remove': ({ room, person }) => ({ room, id: newId(), person }),
  'member:leave': ({ room }) => ({ room, id: newId() }),
  'room:leave': ({ room }) => ({ room }),
  'room:remove': ({ room }) => ({ room }),
  'room:change': ({ room }) => ({ room, topic: 'changed' }),
  'message:pin': ({ room, message }) => ({ room, message, on: true }),
  'invitation:create': ({ room }) => ({ uses: 1, lastsMs: 60_000, room }),
  'invitation:list': ({ room }) => ({ room }),
  'invitation:withdraw': null,
  'role:give': null,
  'role:list': null,
  'restriction:list': null,
  'report:list': null,
  'report:resolve': null,
  'audit:list': null,
  'person:mute': null,
  'person:unmute': null,
  'person:ban': null,
  'person:unban': null,
  'person:block': null,
  'person:blocked': null,
  'people:search': null,
  'profile:list': null,
  'profile:set': null,
  'person:active': null,
  'person:bye': null,
  'device:list': null,
  'device:end': null,
  'device:end-others': null,
  'region:ping': null
}

/**
 * Routes that name a room: the query of a GET, and the body of others. `:room`, `:message` (also as `:id`) and `:person` in the path are
 * filled in.
 */
export const triedRoutes: Record<string, (target: Target) => Record<string, unknown>> = {
  'GET /api/rooms/:room/members': () => ({}),
  'POST /api/rooms/:room/members': ({ person }) => ({ person }),
  'DELETE /api/rooms/:room/members/:person': () => ({}),
  'GET /api/rooms/:room/messages': () => ({}),
  'GET /api/rooms/:room/messages/:id/history': () => ({}),
  'POST /api/rooms/:room/messages': () => ({ text: 'from outside' }),
  'POST /api/moderation/reports/:room/:message': () => ({ reason: 'unkind' }),
  'DELETE /api/rooms/:room/messages/:id': () => ({}),
  'PUT /api/rooms/:room/pins/:id': () => ({}),
  'DELETE /api/rooms/:room/pins/:id': () => ({}),
  'PATCH /api/rooms/:room': () => ({ topic: 'changed' }),
  'DELETE /api/rooms/:room': () => ({}),
  'GET /api/presence': ({ room }) => ({ room }),
  'GET /api/invitations': ({ room }) => ({ room }),
  'POST /api/invitations': ({ room }) => ({ uses: 1, lastsMs: 60_000, room }),
  'PUT /api/unread': ({ room }) => ({ positions: [{ room, epoch: 'epoch', seq: 1, back: 0 }] })
}

/** Routes that name none. Those of the first list are asked: their answers must not contain anything of the room. */
export const readingRoutes = [
  'GET /api/rooms',
  'GET /api/unread',
  'GET /api/unread/mentions',
  'GET /api/messages',
  'GET /api/roles',
  'GET /api/moderation/people',
  'GET /api/moderation/reports',
  'GET /api/moderation/audit',
  'GET /api/person/data',
  'GET /api/session',
  'GET /api/session/ways',
  'GET /api/passkeys',
  'GET /api/devices',
  'GET /health/live',
  'GET /health/ready'
]
export const otherRoutes = [
  'POST /api/rooms',
  'POST /api/rooms/private',
  'POST /api/rooms/direct',
  'POST /api/messages',
  'DELETE /api/messages/:id',
  'PUT /api/roles/:person',
  'POST /api/invitations/preview',
  'DELETE /api/invitations/:invitation',
  'PUT /api/moderation/people/:person/mute',
  'DELETE /api/moderation/people/:person/mute',
  'PUT /api/moderation/people/:person/ban',
  'DELETE /api/moderation/people/:person/ban',
  'DELETE /api/moderation/reports/:report',
  'DELETE /api/person',
  'POST /api/session',
  'DELETE /api/session',
  'POST /api/session/oidc',
  'GET /api/session/oidc/callback',
  'POST /api/session/link',
  'POST /api/session/passkey/options',
  'POST /api/session/passkey',
  'POST /api/passkeys',
  'POST /api/passkeys/options',
  'PATCH /api/passkeys/:id',
  'DELETE /api/passkeys/:id',
  'POST /api/devices/link',
  'DELETE /api/devices',
  'DELETE /api/devices/:id'
]

/** Two have the same answer whether or not there is such a room. */
const BLIND = new Set(['read:move', 'room:leave', 'PUT /api/unread'])
export const isForMembers = (attempt: string): boolean =>
  !BLIND.has(attempt) && (attempt in triedRoutes || Boolean(triedEvents[attempt as ClientEvent]))

/** Asks a route about the room; with nothing but the route's own path when it names no room. */
async function tryRoute(url: string, token: string, route: string, target: Target): Promise<[boolean, string]> {
  const [method = '', pattern = ''] = route.split(' ')
  const values: Record<string, string> = { ...target, id: target.message }
  const path = pattern.replaceAll(/:(\w+)/g, (_, name: string) => values[name] ?? '')
  const input = triedRoutes[route]?.(target) ?? {}
  const query = method === 'GET' ? `?${String(new URLSearchParams(input as Record<string, string>))}` : ''
  const answer = await fetch(url + path + query, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    ...(method !== 'GET' && { body: JSON.stringify(input) })
  })
  return [answer.ok, await answer.text()]
}

export type Attempt = [name: string, run: () => Promise<[isDone: boolean, answer: string]>]

/** These end the connection, and are not tried. */
const ENDING = new Set(['person:bye', 'device:end', 'device:end-others'])
const withoutRoom: Record<string, object> = {
  'person:block': { person: newId(), on: false },
  'people:search': { text: '' },
  'profile:list': { keys: [] },
  'profile:set': { color: 0 },
  'room:create': { title: 'Another' }
}

/** All events of a connection, about the room where they name one. */
export const eventAttempts = (client: Pick<TestClient, 'ask'>, target: Target): Attempt[] =>
  Object.entries(triedEvents)
    .filter(([event]) => !ENDING.has(event))
    .map(([event, payload]) => {
      const input = payload?.(target) ?? withoutRoom[event] ?? {}
      return [event, () => client.ask(event, input).then((reply) => [reply.ok, JSON.stringify(reply)])]
    })

/** All routes that are about rooms or read something, for the person with the token. */
export const routeAttempts = (url: string, token: string, target: Target): Attempt[] =>
  [...Object.keys(triedRoutes), ...readingRoutes].map((route) => [route, () => tryRoute(url, token, route, target)])

export async function inTurn(attempts: Attempt[]) {
  const answers: [name: string, isDone: boolean, answer: string][] = []
  for (const [name, run] of attempts) answers.push([name, ...(await run())])
  return answers
}
