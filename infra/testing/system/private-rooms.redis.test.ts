// Nobody but its members learns of a private room: every native event of the contract and every HTTP route is tried in every kind of room
// by members, former members, strangers, those who run the chat and guests, on another instance than the one where things happen, and at
// the moment of a removal.
import { newSuffix } from '../new-suffix.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lookInto, startTestServer, untilReady, type TestServer } from '../chat-server.ts'
import { NEWEST, closeClients, connectClient, connectNative, signIn } from '../clients.ts'
import { startRedis, type RedisServer } from '../redis-server.ts'
import {
  eventAttempts,
  inTurn,
  isForMembers,
  otherRoutes,
  readingRoutes,
  routeAttempts,
  triedEvents,
  triedRoutes,
  type Target
} from '../room-attempts.ts'
import { openProxy, type Proxy } from '../tcp-proxy.ts'
import { until } from '../until.ts'
import {
  LOBBY,
  clientEvents,
  newId,
  type Answers,
  type ClientEvent,
  type EventList,
  type Receipt,
  type Room,
  type RoomNews,
  type WireEvent
} from '../../../src/contract.ts'
import { createRedisLog } from '../../../src/log/redis/redis-log.ts'
import { connectRedis } from '../../../src/redis/connection.ts'

/** Stands in everything that is for members only. */
const SECRET = 'Zanzibar'
const ROUNDS = 8
/** Of the second instance, from Redis and to it, while people are removed: what it does is under way long enough. */
const DELAY_MS = 8
/** The removal comes after so many round trips to Redis, in turn. */
const STEPS = 4
/** Messages around each removal. */
const BURST = 12

/** What only the creator of a room does there, and what is done in private rooms alone. */
const FOR_CREATORS = [
  'room:remove',
  'room:change',
  'message:pin',
  'invitation:create',
  'invitation:list',
  'PUT /api/rooms/:room/pins/:id',
  'DELETE /api/rooms/:room/pins/:id',
  'PATCH /api/rooms/:room',
  'DELETE /api/rooms/:room',
  'GET /api/invitations',
  'POST /api/invitations'
]
const FOR_OWNERS = ['member:own', 'member:remove', 'DELETE /api/rooms/:room/members/:person']
const FOR_MEMBERS = ['member:add', 'member:leave', 'POST /api/rooms/:room/members']

/** In rounds without them the person listens until the removal. */
const LEAVING = new Set(['room:leave', 'member:leave'])

type Native = Awaited<ReturnType<typeof connectNative>>
describe('private rooms', () => {
  let redis: RedisServer
  /** Between the second instance and Redis. */
  let proxy: Proxy
  let servers: TestServer[]
  let owner: Native
  /** At the second instance. */
  let member: Native
  let stranger: Native
  /** Owns the whole chat. */
  let chatOwner: Native
  let bystander: string
  const here = () => servers[0]!.url
  const there = () => servers[1]!.url

  beforeAll(async () => {
    redis = await startRedis()
    proxy = await openProxy(redis.url)
    const env = { RATE_BURST: '10000', RATE_PER_SECOND: '10000' }
    servers = await Promise.all(
      ['ams', 'iad'].map((region, n) =>
        startTestServer({ redisUrl: n === 0 ? redis.url : proxy.url, instance: `private${region}`, region, env })
      )
    )
    await untilReady(...servers)
    owner = await connectNative(here(), 'Ana')
    member = await connectNative(there(), 'Member', NEWEST)
    stranger = await connectNative(there(), 'Stranger')
    chatOwner = await connectNative(there(), 'Olga', { owner: (await servers[0]!.ownerLink.offer()) ?? '' })
    bystander = (await signIn(there(), 'Bystander')).person.id
  })
  afterAll(async () => {
    closeClients()
    for (const server of servers) await server.stop()
    await proxy.close()
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
    async direct() {
      const third = await signIn(here(), `Third ${newSuffix()}`)
      return ask(owner, 'direct:open', { people: [member.person.id, third.person.id] })
    }
  }

  async function roomOf(kind: string): Promise<Target> {
    const { id: room } = await kinds[kind]!()
    await ask(owner, 'room:open', { room })
    await ask(member, 'room:open', { room })
    const { id } = await send(member, room, SECRET)
    await send(owner, room, SECRET)
    return { room, message: id, person: bystander }
  }

  const routes = ({ session }: Native, target: Target) => routeAttempts(there(), session.token, target)

  it('events and routes are all classified', () => {
    expect(Object.keys(triedEvents).toSorted()).toEqual(Object.keys(clientEvents).toSorted())
    const all = [...Object.keys(triedRoutes), ...readingRoutes, ...otherRoutes]
    expect(all.toSorted()).toEqual(servers[0]!.routes.toSorted())
  })

  it.each([
    ['open', [...FOR_CREATORS, ...FOR_OWNERS, ...FOR_MEMBERS]],
    ['private', [...FOR_CREATORS, ...FOR_OWNERS]],
    ['direct', [...FOR_CREATORS, ...FOR_OWNERS, ...FOR_MEMBERS]]
  ])('a member does everything in a room that is %s, but what is for its creator', async (kind, forOthers) => {
    // They leave the first room in the end.
    const answers = await inTurn([...eventAttempts(member, await roomOf(kind)), ...routes(member, await roomOf(kind))])
    const refused = answers.filter(([attempt, isDone]) => isForMembers(attempt) && !isDone)
    expect(refused.map(([attempt]) => attempt).toSorted()).toEqual(forOthers.toSorted())
  })

  it.each(['private', 'direct'])(
    'strangers, former members and those who run the chat learn nothing of a room that is %s',
    async (kind) => {
      const target = await roomOf(kind)
      const outsiders = [stranger, chatOwner]
      if (kind === 'private') {
        const former = await connectNative(there(), `Former ${newSuffix()}`)
        await change(owner, 'member:add', target.room, former)
        await ask(former, 'room:open', { room: target.room })
        // A moderator of the chat moderates here too, and other moderators do not learn of it.
        await ask(chatOwner, 'role:give', { person: former.person.id, role: 'moderator' })
        const { id: message } = await send(member, target.room, SECRET)
        await ask(former, 'message:remove', { room: target.room, id: newId(), message })
        await change(owner, 'member:remove', target.room, former)
        await former.next<EventList>('room:events', ({ events }) =>
          events.some(({ member }) => member?.what === 'removed')
        )
        await former.next('room:removed')
        former.received.length = 0
        outsiders.push(former)
      }
      for (const outsider of outsiders) {
        const answers = await inTurn([...eventAttempts(outsider, target), ...routes(outsider, target)])
        await send(owner, target.room, SECRET)
        await ask(member, 'typing:set', { room: target.room, on: true })
        await ask(outsider, 'region:ping', {})
        for (const [attempt, isDone, answer] of answers) {
          expect([attempt, isDone && isForMembers(attempt)]).toEqual([attempt, false])
          expect(`${attempt} ${answer}`).not.toMatch(new RegExp(`${SECRET}|${target.room}`))
        }
        expect(JSON.stringify(outsider.received)).not.toMatch(new RegExp(`${SECRET}|${target.room}`))
      }
      for (const protocol of ['classic', 'course'] as const) {
        const guest = await connectClient(there())
        if (protocol === 'classic') guest.emit('add-user', 'Guest')
        for (const [event, payload] of Object.entries(triedEvents)) guest.emit(event, payload?.(target) ?? {})
        await send(owner, target.room, SECRET)
        await ask(owner, 'room:open', { room: LOBBY })
        const text = `lobby ${newId()}`
        await send(owner, LOBBY, text)
        await until('the lobby to be received', () => JSON.stringify(guest.received).includes(text))
        expect(JSON.stringify(guest.received)).not.toMatch(new RegExp(`${SECRET}|${target.room}`))
      }
    }
  )

  it.each([1, 2])('a new member sees nothing from before, also when it changes, in version %i', async (v) => {
    const room = (await ask(owner, 'private:create', { title: 'Cellar' })).id
    await ask(owner, 'room:open', { room })
    const { id: message } = await send(owner, room, SECRET)
    const newcomer = await connectNative(there(), `Newcomer ${newSuffix()}`, { v })
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

  it('nobody but members learns that a room is removed', async () => {
    const { id: room } = await ask(owner, 'private:create', { title: 'Cellar' })
    await change(owner, 'member:add', room, member)
    const { epoch, seq } = (await ask(member, 'room:open', { room })).sync.cursor
    await ask(member, 'read:move', { positions: [{ room, epoch, seq, back: 0 }] })
    await ask(member, 'room:leave', { room })
    await until('the room to be empty', async () => (await owner.ask('room:remove', { room })).ok)
    await member.next('room:removed', (removed: { room: string }) => removed.room === room)
    await ask(stranger, 'region:ping', {})
    expect(JSON.stringify(stranger.received)).not.toContain(room)
  })

  /** Stored without a bus message. */
  async function removeSilently(room: string, ...people: Native[]) {
    const log = await createRedisLog({
      client: connectRedis(redis.url, { onError() {}, name: 'silent' }),
      prefix: servers[0]!.config.redisPrefix,
      instance: 'silent',
      historyLimit: 100
    })
    for (const { person } of people)
      await log.changeMembers({ room, id: newId(), at: 0, what: 'removed', person, by: owner.person })
    await log.close()
  }

  it('nothing after a removal reaches the removed person whose instance was not told of it', async () => {
    const room = (await ask(owner, 'private:create', { title: 'Cellar' })).id
    const [reader, stays] = [await connectNative(there(), `Reader ${newSuffix()}`), member]
    for (const one of [reader, stays]) {
      await change(owner, 'member:add', room, one)
      const { epoch, seq } = (await ask(one, 'room:open', { room })).sync.cursor
      await ask(one, 'read:move', { positions: [{ room, epoch, seq, back: 0 }] })
      await ask(one, 'room:leave', { room })
    }
    await ask(owner, 'room:open', { room })
    const news = (client: Native) => client.all<RoomNews>('room:news').filter((one) => one.room === room)
    await removeSilently(room, reader)
    await send(owner, room, 'for one')
    await until('news for one', () => news(stays).length > 0)
    expect(await reader.next('room:removed')).toEqual({ room })
    expect(news(reader)).toEqual([])
  })

  it('pages of a removed person leave although the bus message is lost, and those of a person who is back come back', async () => {
    const room = (await ask(owner, 'private:create', { title: 'Cellar' })).id
    const [gone, back] = [
      await connectNative(there(), `Gone ${newSuffix()}`),
      await connectNative(there(), `Back ${newSuffix()}`)
    ]
    for (const one of [gone, back]) {
      await change(owner, 'member:add', room, one)
      await one.next('room:added')
      await ask(one, 'room:open', { room })
    }
    await removeSilently(room, gone, back)
    // Each instance compares every 10 s.
    await servers[1]!.chat.compareHeads()
    for (const one of [gone, back]) expect(await one.next('room:removed')).toEqual({ room })
    await ask(owner, 'room:open', { room })
    await ask(owner, 'typing:set', { room, on: true })
    await change(owner, 'member:add', room, back)
    const list = () => back.received.map(({ event }) => event).filter((event) => event.startsWith('room:'))
    await until('the room to be sent again', () => list().at(-1) === 'room:added')
    expect(gone.all('room:removed')).toHaveLength(1)
    expect(gone.all<{ room: string }>('typing:changed').filter((one) => one.room === room)).toEqual([])
    expect(await gone.ask('typing:set', { room, on: true })).toMatchObject({ reason: 'not-joined' })
  })

  it('a removal ends all that its person reads, hears and writes at that moment on another instance', async () => {
    const room = (await ask(owner, 'private:create', { title: 'Cellar' })).id
    const reader = await connectNative(there(), `Reader ${newSuffix()}`, NEWEST)
    await ask(owner, 'room:open', { room })
    const liveOf = (client: Native) =>
      client.all<EventList<WireEvent>>('room:events').flatMap((list) => (list.room === room ? list.events : []))
    const sent: Receipt[] = []
    const far = await lookInto(proxy.url)
    proxy.delay(DELAY_MS)
    for (let round = 0; round < ROUNDS; round += 1) {
      const { seq: since } = await change(owner, 'member:add', room, reader)
      await ask(reader, 'room:open', { room })
      reader.received.length = 0
      const { id: message } = await send(reader, room, 'mine')
      // Each is under way at the removal, a step farther in every round.
      const trying = Promise.all(
        [eventAttempts, routes]
          .flatMap((of) => of(reader, { room, message, person: bystander }))
          .filter(([name]) => round % 2 === 1 || !LEAVING.has(name))
          .map(async ([name, run]) => `${name} ${String(await run())}`)
      )
      const burst = Array.from({ length: BURST }, (_, n) => send(owner, room, `${round} ${n}`))
      for (let step = 0; step < round % STEPS; step += 1) await far.ping()
      const removal = owner.ask('member:remove', { room, id: newId(), person: reader.person.id })
      for (let n = 0; n < BURST; n += 1) burst.push(send(owner, room, `${round} after ${n}`))
      sent.push(...(await Promise.all(burst)))
      await removal
      await reader.next('room:removed')
      const answers = await trying
      const last = await send(owner, room, 'last')
      sent.push(last)
      await until('the last message', () => liveOf(owner).some(({ id }) => id === last.id))
      const isEnd = ({ seq, member }: WireEvent) =>
        seq > since && member?.person.id === reader.person.id && member.what !== 'joined'
      const end = liveOf(owner).find(isEnd)!.seq
      expect(liveOf(owner).filter(({ seq, by }) => seq > end && by.id === reader.person.id)).toEqual([])
      // What was on its way when the person came shows only that there is something.
      const live = liveOf(reader).filter(({ by }) => by.id !== null)
      expect(live.filter(({ seq }) => seq < since || seq > end)).toEqual([])
      expect(reader.all<RoomNews>('room:news').filter((news) => news.sent.some(({ seq }) => seq > end))).toEqual([])
      const seqs = (answer: string) => [...answer.matchAll(/"(?:seq|head)":(\d+)/g)].map(([, seq]) => Number(seq))
      expect(answers.filter((answer) => seqs(answer).some((seq) => seq > end))).toEqual([])
      const hidden = sent.filter(({ seq }) => seq < since || seq > end)
      expect(answers.filter((answer) => hidden.some(({ id }) => answer.includes(id)))).toEqual([])
    }
    proxy.delay(0)
    await far.close()
  })
})
