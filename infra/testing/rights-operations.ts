// How each verb of the rights table is tried: as a native event, and as every HTTP request that might do it, also on routes that do
// not exist.
import { newId } from '../../src/contract.ts'
import type { Verb } from './rights.ts'

/** The room, and the message in it that the operation is about. */
export interface Target {
  room: string
  message: string
  /** Somebody to whom an operation is done, and the creator of the other room. */
  person: string
  creator: string
  /** A private room of who asks; for guests, of somebody else. */
  own: string
}

type Request = [method: string, path: string, body?: object]
type Operation = { event: [name: string, payload: object]; requests: Request[] }

const INVITATION = { uses: 1, lastsMs: 3_600_000 }
const messagesOf = (room: string) => `/api/rooms/${room}/messages`

const read = ({ room }: Target, requests: Request[]): Operation => ({ event: ['room:open', { room }], requests })

const write = ({ room }: Target): Operation => ({
  event: ['message:send', { room, id: newId(), text: 'written' }],
  requests: [['POST', messagesOf(room), { text: 'written' }]]
})

const remove = ({ room, message }: Target): Operation => ({
  event: ['message:remove', { room, id: newId(), message }],
  requests: [
    ['DELETE', `${messagesOf(room)}/${message}`],
    ['DELETE', `/api/messages/${message}`]
  ]
})

export const operations: Record<Verb, (target: Target) => Operation> = {
  'read the lobby': (target) =>
    read(target, [
      ['GET', messagesOf(target.room)],
      ['GET', '/api/messages']
    ]),
  'read another room': (target) => read(target, [['GET', messagesOf(target.room)]]),
  'see another room in the list': () => ({ event: ['room:list', {}], requests: [['GET', '/api/rooms']] }),
  'see the names of a room’s people': (target) => read(target, [['GET', `/api/presence?room=${target.room}`]]),
  'see who moderates': () => ({ event: ['role:list', {}], requests: [['GET', '/api/roles']] }),
  'invite people': () => ({
    event: ['invitation:create', INVITATION],
    requests: [['POST', '/api/invitations', INVITATION]]
  }),
  'invite into one’s own private room': ({ own: room }) => ({
    event: ['invitation:create', { ...INVITATION, room }],
    requests: [
      ['POST', '/api/invitations', { ...INVITATION, room }],
      ['GET', `/api/invitations?room=${room}`]
    ]
  }),
  'see the invitations': () => ({ event: ['invitation:list', {}], requests: [['GET', '/api/invitations']] }),
  'withdraw an invitation': () => {
    const invitation = newId()
    return {
      event: ['invitation:withdraw', { invitation }],
      requests: [['DELETE', `/api/invitations/${invitation}`]]
    }
  },
  'give a role': ({ person }) => ({
    event: ['role:give', { person, role: 'member' }],
    requests: [['PUT', `/api/roles/${person}`, { role: 'member' }]]
  }),
  'report a message': ({ room, message }) => ({
    event: ['message:report', { room, message, reason: 'Rude' }],
    requests: [['POST', `/api/moderation/reports/${room}/${message}`, { reason: 'Rude' }]]
  }),
  'see and resolve reports': () => {
    const report = newId()
    return {
      event: ['report:resolve', { report }],
      requests: [
        ['GET', '/api/moderation/reports'],
        ['DELETE', `/api/moderation/reports/${report}`]
      ]
    }
  },
  'mute a person': ({ person }) => ({
    event: ['person:mute', { person, lastsMs: 60_000, reason: 'Loud' }],
    requests: [['PUT', `/api/moderation/people/${person}/mute`, { lastsMs: 60_000, reason: 'Loud' }]]
  }),
  'ban a person': ({ person }) => ({
    event: ['person:ban', { person, reason: 'Spam' }],
    requests: [['PUT', `/api/moderation/people/${person}/ban`, { reason: 'Spam' }]]
  }),
  'end a mute or a ban': ({ person }) => ({
    event: ['person:unban', { person }],
    requests: [
      ['DELETE', `/api/moderation/people/${person}/ban`],
      ['DELETE', `/api/moderation/people/${person}/mute`]
    ]
  }),
  'see who is muted or banned': () => ({
    event: ['restriction:list', {}],
    requests: [['GET', '/api/moderation/people']]
  }),
  'read the audit log': () => ({ event: ['audit:list', {}], requests: [['GET', '/api/moderation/audit']] }),
  'create a room': () => ({
    event: ['room:create', { title: `Room ${newId()}` }],
    requests: [['POST', '/api/rooms', { title: `Room ${newId()}` }]]
  }),
  'change another room’s title or settings': ({ room }) => ({
    event: ['room:change', { room, topic: 'A topic' }],
    requests: [['PATCH', `/api/rooms/${room}`, { topic: 'A topic' }]]
  }),
  // To the one who owns it already, so that the next one finds it as it was.
  'hand another room on': ({ room, creator }) => ({
    event: ['member:own', { room, id: newId(), person: creator }],
    requests: [['POST', `/api/rooms/${room}/members`, { person: creator, owner: true }]]
  }),
  'create a private room': () => ({
    event: ['private:create', { title: 'Cellar' }],
    requests: [['POST', '/api/rooms/private', { title: 'Cellar' }]]
  }),
  'write in the lobby': (target) => {
    const { event, requests } = write(target)
    return { event, requests: [...requests, ['POST', '/api/messages', { username: 'Program', content: 'written' }]] }
  },
  'write in another room': write,
  'show typing in another room': ({ room }) => ({
    event: ['typing:set', { room, on: true }],
    requests: [['POST', `/api/rooms/${room}/typing`, { on: true }]]
  }),
  'edit a person’s message': ({ room, message }) => ({
    event: ['message:edit', { room, id: newId(), message, text: 'edited' }],
    requests: ['PUT', 'PATCH', 'POST'].flatMap((method): Request[] => [
      [method, `${messagesOf(room)}/${message}`, { text: 'edited' }],
      [method, `/api/messages/${message}`, { username: 'Author', content: 'edited' }]
    ])
  }),
  'pin a message in another room': ({ room, message }) => ({
    event: ['message:pin', { room, message, on: true }],
    requests: [['PUT', `/api/rooms/${room}/pins/${message}`]]
  }),
  'read the former texts of a message': ({ room, message }) => ({
    event: ['message:history', { room, message }],
    requests: [['GET', `${messagesOf(room)}/${message}/history`]]
  }),
  'react to a message': ({ room, message }) => ({
    event: ['message:react', { room, id: newId(), message, emoji: '👍', on: true }],
    requests: [['POST', `${messagesOf(room)}/${message}/reactions`, { emoji: '👍', on: true }]]
  }),
  'remove a person’s message in the lobby': remove,
  'remove a person’s message in another room': remove,
  'remove a guest’s message': remove
}

/** Whether the operation changes its target, so that its effect can be seen there. */
export const changesTarget = (verb: Verb): boolean => /^(edit|react|remove)/.test(verb)
