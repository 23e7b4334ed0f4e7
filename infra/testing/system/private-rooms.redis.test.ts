// Nobody but its members learns of a private room: every native event of the contract is tried in every kind of room by members, former
// members, strangers and guests, on another instance than the one where things happen, and at the moment of a removal.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, untilReady, type TestServer } from '../chat-server.ts'
import { closeClients, connectClient, connectNative, signIn } from '../clients.ts'
import { startRedis, type RedisServer } from '../redis-server.ts'
import { until } from '../until.ts'
import {
  LOBBY,
  clientEvents,
  newId,
  type Answers,
  type ClientEvent,
  type EventList,
  type Reply,
  type Room,
  type WireEvent
} from '../../../src/contract.ts'

/** Stands in everything that is for members only. */
const SECRET = 'Zanzibar'
const ROUNDS = 12
/** Messages around each removal. */
const BURST = 12

type Native = Awaited<ReturnType<typeof connectNative>>
interface Target {
  room: string
  message: string
  person: string
}

/** How each event is tried in a room; null for those that name none, whose answers must not contain anything of the room either. */
const tried: Record<ClientEvent, ((target: Target) => object) | null> = {
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
  'message:send': ({ room }) => ({ room, id: newId(), text: `from outside ${SECRET}` }),
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
  'invitation:create': ({ room }) => ({ uses: 1, lastsMs: 60_000, room }),
  'invitation:list': null,
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
  'person:active': null,
  'person:bye': null,
  'device:list': null,
  'device:end': null,
  'device:end-others': null,
  'region:ping': null
}
/** Two have the same answer whether or not there is such a room. */
const isRefused = (event: ClientEvent) => tried[event] !== null && !['read:move', 'room:leave'].includes(event)

const FOR_CREATORS = ['room:remove', 'room:change', 'invitation:create']

describe('private rooms', () => {
  let redis: RedisServer
  let servers: TestServer[]
  let owner: Native
  /** At the second instance. */
  let member: Native
  let stranger: Native
  let bystander: string
  const here = () => servers[0]!.url
  const there = () => servers[1]!.url

  beforeAll(async () => {
    redis = await startRedis()
    const env = { RATE_BURST: '10000', RATE_PER_SECOND: '10000' }
    servers = await Promise.all(
      ['ams', 'iad'].map((region) =>
        startTestServer({ redisUrl: redis.url, instance: `private${region}`, region, env })
      )
    )
    await untilReady(...servers)
    owner = await connectNative(here(), 'Ana')
    member = await connectNative(there(), 'Member', { v: 2 })
    stranger = await connectNative(there(), 'Stranger')
    bystander = (await signIn(there(), 'Bystander')).person.id
  })
  afterAll(async () => {
    closeClients()
    for (const server of servers) await server.stop()
    await redis.stop()
  })

  async function ask<E extends ClientEvent>(client: Native, event: E, payload: object): Promise<Answers[E]> {
    const reply = await client.ask<Answers[E]>(event, payload)
    if (!reply.ok) throw new Error(`${event}: ${reply.reason}`)
    return reply.value
  }
  const send = (client: Native, room: string, text: string) => ask(client, 'message:send', { room, id: newId(), text })
  const change = (client: Native, event: 'member:add' | 'member:remove', room: string, who: Native) =>
    ask(client, event, { room, id: newId(), person: who.person.id })

  const kinds: Record<string, () => Promise<Room>> = {
    open: () => ask(owner, 'room:create', { title: `Open ${newId()}` }),
    private: async () => {
      const room = await ask(owner, 'private:create', { title: `${SECRET} ${newId()}` })
      await change(owner, 'member:add', room.id, member)
      return room
    },
    direct: () => ask(owner, 'direct:open', { people: [member.person.id] })
  }

  async function roomOf(kind: string): Promise<Target> {
    const { id: room } = await kinds[kind]!()
    await ask(owner, 'room:open', { room })
    await ask(member, 'room:open', { room })
    const { id } = await send(member, room, SECRET)
    await send(owner, room, SECRET)
    return { room, message: id, person: bystander }
  }

  /** Tries every event; the answers by event, and everything that the client has received. */
  async function tryAll(client: Native, target: Target) {
    const answers = new Map<ClientEvent, Reply<unknown>>()
    for (const [event, payload] of Object.entries(tried) as [ClientEvent, (typeof tried)[ClientEvent]][]) {
      if (event === 'person:bye' || event === 'device:end' || event === 'device:end-others') continue
      const reply = await client.ask(event, payload?.(target) ?? withoutRoom[event] ?? {})
      answers.set(event, reply)
    }
    return answers
  }
  const withoutRoom: Partial<Record<ClientEvent, object>> = {
    'person:block': { person: newId(), on: false },
    'people:search': { text: '' },
    'room:create': { title: 'Another' }
  }

  it('events are all classified', () => {
    expect(Object.keys(tried).toSorted()).toEqual(Object.keys(clientEvents).toSorted())
  })

  it.each([
    ['open', ['member:add', 'member:own', 'member:remove', 'member:leave', ...FOR_CREATORS]],
    ['private', ['member:own', 'member:remove', ...FOR_CREATORS]],
    ['direct', ['member:add', 'member:own', 'member:remove', 'member:leave', ...FOR_CREATORS]]
  ])('a member does everything in a room that is %s, but what is for its creator', async (kind, forOthers) => {
    const answers = await tryAll(member, await roomOf(kind))
    const refused = [...answers].filter(([event, reply]) => tried[event] && !reply.ok).map(([event]) => event)
    expect(refused).toEqual(forOthers)
  })

  it.each(['private', 'direct'])('strangers and former members learn nothing of a room that is %s', async (kind) => {
    const target = await roomOf(kind)
    const outsiders = [stranger]
    if (kind === 'private') {
      const former = await connectNative(there(), `Former ${newId()}`)
      await change(owner, 'member:add', target.room, former)
      await ask(former, 'room:open', { room: target.room })
      await change(owner, 'member:remove', target.room, former)
      await former.next<EventList>('room:events', ({ events }) =>
        events.some(({ member }) => member?.what === 'removed')
      )
      await former.next('room:removed')
      former.received.length = 0
      outsiders.push(former)
    }
    for (const outsider of outsiders) {
      const answers = await tryAll(outsider, target)
      await send(owner, target.room, SECRET)
      await ask(member, 'typing:set', { room: target.room, on: true })
      await ask(outsider, 'region:ping', {})
      for (const [event, reply] of answers) {
        expect([event, reply.ok && isRefused(event)]).toEqual([event, false])
        expect(`${event} ${JSON.stringify(reply)}`).not.toMatch(new RegExp(`${SECRET}|${target.room}`))
      }
      expect(JSON.stringify(outsider.received)).not.toMatch(new RegExp(`${SECRET}|${target.room}`))
    }
    for (const protocol of ['classic', 'course'] as const) {
      const guest = await connectClient(there())
      if (protocol === 'classic') guest.emit('add-user', 'Guest')
      for (const [event, payload] of Object.entries(tried)) guest.emit(event, payload?.(target) ?? {})
      await send(owner, target.room, SECRET)
      await ask(owner, 'room:open', { room: LOBBY })
      const text = `lobby ${newId()}`
      await send(owner, LOBBY, text)
      await until('the lobby to be received', () => JSON.stringify(guest.received).includes(text))
      expect(JSON.stringify(guest.received)).not.toMatch(new RegExp(`${SECRET}|${target.room}`))
    }
  })

  it.each([1, 2])('a new member sees nothing from before, also when it changes, in version %i', async (v) => {
    const room = (await ask(owner, 'private:create', { title: 'Cellar' })).id
    await ask(owner, 'room:open', { room })
    const { id: message } = await send(owner, room, SECRET)
    const newcomer = await connectNative(there(), `Newcomer ${newId()}`, { v })
    const { seq: since } = await change(owner, 'member:add', room, newcomer)
    expect(await newcomer.next('room:added')).toMatchObject({ id: room, title: 'Cellar' })
    const opened = await ask(newcomer, 'room:open', { room })
    expect(opened.sync).toMatchObject({ kind: 'fresh', messages: [], older: false })
    await ask(owner, 'message:edit', { room, id: newId(), message, text: `${SECRET} again` })
    await ask(owner, 'message:react', { room, id: newId(), message, emoji: '👍', on: true })
    const { id: later } = await send(owner, room, 'for all')
    const seen = () => newcomer.all<EventList<WireEvent>>('room:events').flatMap(({ events }) => events)
    await until('the newest message', () => seen().some(({ id }) => id === later))
    expect(seen().map(({ seq }) => seq)).toEqual([since + 1, since + 2, since + 3])
    const again = await ask(newcomer, 'room:open', { room, cursor: opened.sync.cursor })
    const earlier = await ask(newcomer, 'room:open', { room, cursor: { ...opened.sync.cursor, seq: 1, id: message } })
    const page = await ask(newcomer, 'room:before', { room, before: 1_000 })
    expect(await newcomer.ask('message:read', { room, message })).toMatchObject({ ok: false, reason: 'no-message' })
    expect(earlier.sync).toMatchObject({ kind: 'fresh', messages: [{ text: 'for all' }], older: false })
    expect(page.messages).toMatchObject([{ text: 'for all' }])
    expect(JSON.stringify([seen(), again, earlier, page])).not.toMatch(new RegExp(`${SECRET}|👍`))
  })

  it('a room may show new members what was written before', async () => {
    const { id: room } = await ask(owner, 'private:create', { title: 'Archive', history: true })
    await ask(owner, 'room:open', { room })
    await send(owner, room, 'before')
    await change(owner, 'member:add', room, stranger)
    const { sync } = await ask(stranger, 'room:open', { room })
    expect(sync).toMatchObject({ kind: 'fresh', messages: [{ text: 'before' }] })
  })

  it('nothing after a removal reaches the removed person, who reads and listens on another instance', async () => {
    const room = (await ask(owner, 'private:create', { title: 'Cellar' })).id
    const reader = await connectNative(there(), `Reader ${newId()}`, { v: 2 })
    await ask(owner, 'room:open', { room })
    for (let round = 0; round < ROUNDS; round += 1) {
      const { seq: since } = await change(owner, 'member:add', room, reader)
      await ask(reader, 'room:open', { room })
      reader.received.length = 0
      const state = { isOver: false }
      const read: { seq: number }[] = []
      const reading = (async () => {
        while (!state.isOver) {
          const headers = { authorization: `Bearer ${reader.session.token}` }
          const [opened, paged, answer] = await Promise.all([
            reader.ask<Answers['room:open']>('room:open', { room }),
            reader.ask<Answers['room:before']>('room:before', { room, before: 100_000 }),
            fetch(`${there()}/api/rooms/${room}/messages`, { headers })
          ])
          const overHttp = (await answer.json()) as { messages?: { seq: number }[] }
          if (opened.ok) read.push(opened.value.sync.cursor)
          if (paged.ok) read.push(...paged.value.messages)
          read.push(...(overHttp.messages ?? []))
        }
      })()
      const sent = Array.from({ length: BURST }, (_, n) => send(owner, room, `${round} ${n}`))
      const removal = change(owner, 'member:remove', room, reader)
      for (let n = 0; n < BURST; n += 1) sent.push(send(owner, room, `${round} after ${n}`))
      await Promise.all(sent)
      const { seq: removed } = await removal
      await reader.next('room:removed')
      state.isOver = true
      await reading
      const live = reader.all<EventList<WireEvent>>('room:events').flatMap(({ events }) => events)
      // What was on its way when the person came shows only that there is something.
      const seqs = [...live.filter(({ by }) => by.id !== null), ...read].map(({ seq }) => seq)
      expect(Math.max(...seqs)).toBeLessThanOrEqual(removed)
      expect(Math.min(...seqs)).toBeGreaterThanOrEqual(since)
      expect(await reader.ask('message:send', { room, id: newId(), text: 'still here?' })).toMatchObject({ ok: false })
    }
  })
})
