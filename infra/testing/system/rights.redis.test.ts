// Who may do what: every verb × every requester × sockets and HTTP, on another instance than the one that stored the message and gave the
// roles.
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import type { TestServer } from '../chat-server.ts'
import { asNative, connectClient, connectNative, request, signIn, type TestClient } from '../clients.ts'
import { useCluster } from '../cluster.fixture.ts'
import { changesTarget, operations, type Target } from '../rights-operations.ts'
import { requesters, rights, rightsTable, verbs, type Requester, type Verb } from '../rights.ts'
import { until } from '../until.ts'
import { LOBBY, newId, type Message, type Page, type RoomSummary, type SessionAnswer } from '../../../src/contract.ts'

type Native = Awaited<ReturnType<typeof connectNative>>

describe('who may do what', () => {
  const cluster = useCluster()
  let servers: TestServer[]
  let room: string
  let someone: string
  let creatorId: string
  /** Of the first instance, where messages are made and looked at. */
  let author: Native
  const there = () => servers[1]?.url ?? ''
  const here = () => servers[0]?.url ?? ''
  /** At the second instance. */
  const sockets = new Map<Requester, TestClient>()
  const tokens = new Map<Requester, string>()
  /** The private room that each has made. */
  const own = new Map<Requester, string>()

  beforeAll(async () => {
    servers = await cluster.startAll(['ams', 'iad'])
    author = await connectNative(here(), 'Author')
    const session = await signIn(here(), 'Creator')
    creatorId = session.person.id
    const creator = await person('creator', session)
    const made = await creator.ask<{ id: string }>('room:create', { title: 'Another room' })
    room = made.ok ? made.value.id : ''
    await person('author', author.session)
    await person('visitor', await signIn(here(), 'Visitor'))
    await person('owner', await signIn(here(), 'Founder', { owner: (await servers[0]?.ownerLink.offer()) ?? '' }))
    someone = (await signIn(here(), 'Someone')).person.id
    for (const role of ['member', 'moderator'] as const) {
      const session = await signIn(here(), `The ${role}`.replace('moderator', 'helper'))
      await request('PUT', `${here()}/api/roles/${session.person.id}`, { token: tokens.get('owner')!, body: { role } })
      await person(role, session)
    }
    for (const native of [author, ...sockets.values()])
      for (const opened of [LOBBY, room]) await native.ask('room:open', { room: opened })
    for (const protocol of ['classic', 'course'] as const) sockets.set(protocol, await connectClient(there()))
    sockets.get('classic')?.emit('add-user', 'Guest')
    await sockets.get('classic')?.next('login')
    const { token } = await signIn(here(), 'Signed out')
    await request('DELETE', `${here()}/api/session`, { token })
    tokens.set('signedOut', token)
    // Signing out takes effect on the other instance within 2 s.
    await until('the token to be void', async () => {
      return (await request('GET', `${there()}/api/session`, { token })).status === 401
    })
  })

  async function person(who: Requester, { token }: SessionAnswer) {
    const client = await connectClient(there(), asNative(token))
    sockets.set(who, client)
    tokens.set(who, token)
    return client
  }

  const columns = Object.keys(requesters) as Requester[]
  describe.each(columns)('%s', (who) => {
    it.each(verbs)('%s: over sockets and HTTP as the table says', async (verb) => {
      const bySocket = await overSockets(verb, who)
      const byHttp = await overHttp(verb, who)
      const seen = bySocket ? (byHttp ? 'both' : 'sockets') : byHttp ? 'HTTP' : 'no'
      expect(seen).toBe(rights[verb][who])
    })
  })

  it('an invitation admits as many people as it says, also when more come on both instances at once', async () => {
    const [places, people] = [5, 24]
    const body = { uses: places, lastsMs: 60_000 }
    const answer = await request('POST', `${there()}/api/invitations`, { token: tokens.get('owner')!, body })
    const { code } = (await answer.json()) as { code: string }
    const comeIn = (n: number) => signIn(n % 2 ? here() : there(), `Invited ${n}`, { invitation: code })
    const results = await Promise.allSettled(Array.from({ length: people }, (_, n) => comeIn(n)))
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []))
    expect(refusals).toHaveLength(people - places)
    for (const refusal of refusals) expect(refusal).toContain('invitation-over')
  })

  it('the README shows this table', () => {
    expect(readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')).toContain(rightsTable())
  })

  /** Whether the operation had its effect, as the first instance sees it. */
  async function overSockets(verb: Verb, who: Requester): Promise<boolean> {
    const socket = sockets.get(who)
    if (!socket) return false
    const target = await messageFor(verb, who)
    const [event, payload] = operations[verb](target).event
    if (who === 'classic' || who === 'course') {
      // A native event of a guest is not heard; the guest's own event after it is.
      let answered = false
      socket.socket.emit(event, payload, () => (answered = true))
      const had = await overGuestEvents(socket, verb, who, target)
      const changed = await hasChanged(verb, target)
      if (answered) throw new Error(`a guest got an answer to ${event}`)
      return had || changed
    }
    const reply = await socket.ask<{ id?: string; rooms?: RoomSummary[]; people?: { people: unknown[] } }>(
      event,
      payload
    )
    if (!reply.ok) {
      if (reply.reason !== 'not-allowed') throw new Error(`refused as ${reply.reason}`)
      // Refused, and nevertheless done?
      return hasChanged(verb, target)
    }
    if (verb === 'create a private room') own.set(who, reply.value.id ?? '')
    if (verb === 'see another room in the list') return reply.value.rooms?.some(({ id }) => id === room) ?? false
    if (verb === 'see the names of a room’s people') return (reply.value.people?.people.length ?? 0) > 0
    return changesTarget(verb) ? hasChanged(verb, target) : true
  }

  /** What the guest's own protocol offers for this verb; ends when the server has handled everything before. */
  async function overGuestEvents(socket: TestClient, verb: Verb, who: 'classic' | 'course', target: Target) {
    if (who === 'course' && verb.startsWith('remove')) {
      socket.emit('deleteMessage', { messageId: target.message })
      await Promise.race([
        socket.next('error'),
        socket.next<{ messageId: string }>('messageDeleted', ({ messageId }) => messageId === target.message)
      ])
    }
    const text = `said by ${newId()}`
    if (who === 'classic') socket.emit('new-message', text)
    else socket.emit('message', { username: 'Guest', content: text })
    await until('the guest’s message', async () => (await lobby()).some((message) => message.text === text))
    if (verb === 'read the lobby') {
      const received = `received by ${newId()}`
      await author.ask('message:send', { room: LOBBY, id: newId(), text: received })
      if (who === 'classic')
        await socket.next<{ message: string }>('new-message', ({ message }) => message === received)
      else await socket.next<{ content: string }>('message', ({ content }) => content === received)
      return true
    }
    return verb === 'write in the lobby'
  }

  async function overHttp(verb: Verb, who: Requester): Promise<boolean> {
    // Guests over HTTP are programs without a session.
    if (who === 'classic' || who === 'course') return false
    const target = await messageFor(verb, who)
    const token = tokens.get(who)
    let had = false
    for (const [method, path, body] of operations[verb](target).requests) {
      const answer = await fetch(there() + path, {
        method,
        headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
        ...(body && { body: JSON.stringify(body) })
      })
      const text = await answer.text()
      if (answer.status >= 500) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
      if (!answer.ok) continue
      if (verb === 'see another room in the list') had ||= text.includes(`"${room}"`)
      else if (verb === 'see the names of a room’s people') had ||= text.includes('"Author"')
      else had = true
    }
    if (changesTarget(verb) && (await hasChanged(verb, target)) !== had)
      throw new Error('the status is not what happened')
    return had
  }

  /** A message that the operation is about, stored by the first instance and known to the second. */
  async function messageFor(verb: Verb, who: Requester): Promise<Target> {
    const where = verb.endsWith('lobby') || verb.includes('guest’s') ? LOBBY : room
    const target = {
      room: where,
      message: newId(),
      person: someone,
      creator: creatorId,
      own: own.get(who) ?? own.get('author') ?? ''
    }
    if (verb.includes('guest’s')) {
      const body = JSON.stringify({ username: 'Some guest', content: 'a guest’s', id: target.message })
      const headers = { 'content-type': 'application/json' }
      await fetch(`${here()}/api/messages`, { method: 'POST', headers, body })
    } else if (changesTarget(verb) || /^(report|pin|read the former)/.test(verb)) {
      await author.ask('message:send', { room: target.room, id: target.message, text: 'a person’s' })
    }
    return target
  }

  async function hasChanged(verb: Verb, { room: where, message: id }: Target): Promise<boolean> {
    if (!changesTarget(verb)) return false
    const reply = await author.ask<Page>('room:before', { room: where, before: 1_000_000, limit: 5 })
    const message = reply.ok ? reply.value.messages.find((one) => one.id === id) : undefined
    if (!message) throw new Error('the message is not among the newest')
    return message.rev > message.seq
  }

  async function lobby(): Promise<Message[]> {
    const reply = await author.ask<Page>('room:before', { room: LOBBY, before: 1_000_000, limit: 5 })
    return reply.ok ? reply.value.messages : []
  }
})
