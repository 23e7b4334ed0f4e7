// Opening a room: a refused attempt is announced to nobody, and any of several requests for one room may succeed.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { TEST_SECRET } from '../../infra/testing/chat-server.ts'
import { asNative, closeClients, connectClient, connectNative, signIn } from '../../infra/testing/clients.ts'
import { until } from '../../infra/testing/until.ts'
import { readConfig } from '../process/config.ts'
import {
  HANDSHAKE_ROOMS_MAX,
  LOBBY,
  OLDEST_WIRE_VERSION,
  newId,
  type Answers,
  type EventList,
  type Reply,
  type Room
} from '../contract.ts'
import { createLog } from '../process/logger.ts'
import { openStores } from '../server/stores.ts'
import { startServer, type RunningServer } from '../server.ts'
import { StoreUnavailable } from '../errors.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const BURST = 30
/** With a cursor the second request does not share the read of the first. */
const ELSEWHERE = { epoch: 'another', seq: 0, id: '' }

describe('opening a room', () => {
  let server: RunningServer
  let stop: () => Promise<void>
  /** Reads of the log wait for it. */
  let gate: () => Promise<void>
  let reads: number
  /** How often the store was asked who is in a private room. */
  let rights: number
  /** Rooms whose people changed, as this instance announced it. */
  let announced: string[]

  beforeEach(async () => {
    const config = readConfig({
      PORT: '0',
      DATA_DIR: newFolder(),
      LOG_LEVEL: 'fatal',
      SESSION_SECRET: TEST_SECRET,
      RATE_BURST: `${BURST}`,
      RATE_PER_SECOND: '1'
    })
    const logger = createLog(config)
    const { close, ...stores } = await openStores(config, logger)
    gate = () => Promise.resolve()
    reads = rights = 0
    const log = {
      ...stores.log,
      room(id: string) {
        rights += 1
        return stores.log.room(id)
      },
      async sync(...asked: Parameters<typeof stores.log.sync>) {
        reads += 1
        await gate()
        return stores.log.sync(...asked)
      }
    }
    server = await startServer(config, { ...stores, log }, { log: logger, presenceTiming: { writeGapMs: 0 } })
    announced = []
    server.chat.onAnnounce((announcement) => {
      if (announcement.kind === 'people') announced.push(announcement.room)
    })
    stop = async () => {
      await server.close()
      await close()
    }
  })
  afterEach(async () => {
    closeClients()
    await stop()
  })

  /** Delays the next read; the returned function makes it fail. */
  function delayRead() {
    const { promise, reject } = Promise.withResolvers<void>()
    gate = () => {
      gate = () => Promise.resolve()
      return promise
    }
    return () => reject(new StoreUnavailable('a test'))
  }

  it('that is unknown, or too fast, is announced to nobody', async () => {
    const ana = await connectNative(server.url, 'Ana')
    expect(await ana.ask('room:open', { room: 'nowhere' })).toEqual({ ok: false, reason: 'no-room' })
    expect(await ana.ask('message:send', { room: 'nowhere', id: newId(), text: 'x' })).toMatchObject({
      reason: 'not-joined'
    })
    for (let spent = 0; spent < BURST; spent += 1) ana.emit('region:ping', {})
    expect(await ana.ask('room:open', { room: LOBBY })).toMatchObject({ ok: false, reason: 'too-fast' })
    await until('announcements of later turns', () => new Promise((done) => setImmediate(() => done(true))))
    expect(announced).toEqual([])
    expect(server.people.everywhere().count).toBe(0)
  })

  it('succeeds with the second request when the first one fails', async () => {
    const ana = await connectNative(server.url, 'Ana')
    const fail = delayRead()
    const first = ana.ask('room:open', { room: LOBBY })
    await until('the first to be read', () => reads === 1)
    const second = ana.ask('room:open', { room: LOBBY, cursor: ELSEWHERE })
    expect(await second).toMatchObject({ ok: true })
    fail()
    expect(await first).toMatchObject({ ok: false, reason: 'unavailable' })
    expect(await ana.ask('message:send', { room: LOBBY, id: newId(), text: 'hello' })).toMatchObject({ ok: true })
    expect(await ana.next<EventList>('room:events')).toMatchObject({ events: [{ message: { text: 'hello' } }] })
    expect(server.people.view(LOBBY).count).toBe(1)
  })

  it('succeeds when the first request fails while the second one is pending', async () => {
    const ana = await connectNative(server.url, 'Ana')
    const bo = await connectNative(server.url, 'Bo')
    const failFirst = delayRead()
    const first = ana.ask('room:open', { room: LOBBY })
    await until('the first to be read', () => reads === 1)
    const { promise, resolve } = Promise.withResolvers<void>()
    gate = () => promise
    const second = ana.ask('room:open', { room: LOBBY, cursor: ELSEWHERE })
    await until('the second to be read', () => reads === 2)
    failFirst()
    expect(await first).toMatchObject({ ok: false, reason: 'unavailable' })
    resolve()
    expect(await second).toMatchObject({ ok: true })
    expect(await bo.ask('room:open', { room: LOBBY })).toMatchObject({ ok: true })
    await bo.ask('message:send', { room: LOBBY, id: newId(), text: 'hello' })
    expect(await ana.next<EventList>('room:events')).toMatchObject({ events: [{ message: { text: 'hello' } }] })
  })

  it('leaves the room with the last request that fails', async () => {
    const ana = await connectNative(server.url, 'Ana')
    const fail = delayRead()
    const first = ana.ask('room:open', { room: LOBBY })
    await until('the first to be read', () => reads === 1)
    fail()
    expect(await first).toMatchObject({ ok: false, reason: 'unavailable' })
    expect(await ana.ask('message:send', { room: LOBBY, id: newId(), text: 'x' })).toMatchObject({
      reason: 'not-joined'
    })
  })

  it('that is private asks once who may see it, and once more when something has happened there meanwhile', async () => {
    const ana = await connectNative(server.url, 'Ana')
    const bo = await connectNative(server.url, 'Bo')
    const made = await ana.ask<Room>('private:create', { title: 'Attic' })
    if (!made.ok) throw new Error(made.reason)
    const room = made.value.id
    await ana.ask('room:open', { room })
    await ana.ask('member:add', { room, id: newId(), person: bo.person.id })
    const open = async (meanwhile?: () => Promise<unknown>) => {
      ;[reads, rights] = [0, 0]
      if (meanwhile)
        gate = async () => {
          gate = () => Promise.resolve()
          await meanwhile()
        }
      return [await bo.ask('room:open', { room, cursor: { ...ELSEWHERE, epoch: newId() } }), reads, rights] as const
    }
    const send = () => ana.ask('message:send', { room, id: newId(), text: 'hello' })
    expect(await open()).toMatchObject([{ ok: true }, 1, 1])
    expect(await open(send)).toMatchObject([
      { ok: true, value: { sync: { messages: [{ text: 'hello' }] } } },
      1,
      expect.any(Number)
    ])
    expect(rights).toBeGreaterThan(1)
    const remove = () => ana.ask('member:remove', { room, id: newId(), person: bo.person.id })
    const [removed] = await open(remove)
    expect(removed).toEqual({ ok: false, reason: 'no-room' })
  })

  describe('with the handshake', () => {
    type Opening = { nth: number; reply: Reply<Answers['room:open']> }

    /** Connects with rooms to open, and waits for the answers. */
    async function connect(token: string, open: unknown) {
      const client = await connectClient(server.url, asNative(token, OLDEST_WIRE_VERSION, { open }))
      const { opening = 0 } = await client.next<{ opening?: number }>('server:hello')
      const all = () => client.all<Opening>('room:opened')
      await until('all answers', () => all().length === opening)
      const answers = all().toSorted((a, b) => a.nth - b.nth)
      return { ...client, answers: answers.map(({ reply }) => reply) }
    }

    it('answers as the event does, from a cursor too, and a refused room leaves the connection as it is', async () => {
      const { session, close, ask } = await connectNative(server.url, 'Ana')
      const bo = await connectNative(server.url, 'Bo')
      const opened = await ask<Answers['room:open']>('room:open', { room: LOBBY })
      if (!opened.ok) throw new Error(opened.reason)
      close()
      await bo.ask('room:open', { room: LOBBY })
      await bo.ask('message:send', { room: LOBBY, id: newId(), text: 'missed' })
      const { cursor } = opened.value.sync
      const ana = await connect(session.token, [
        { room: LOBBY, cursor },
        { room: 'nowhere' },
        'garbage',
        { room: LOBBY }
      ])
      expect(ana.answers).toMatchObject([
        {
          ok: true,
          value: { room: { id: LOBBY }, sync: { kind: 'events', events: [{ message: { text: 'missed' } }] } }
        },
        { ok: false, reason: 'no-room' },
        { ok: false, reason: 'bad-request' },
        { ok: true, value: { sync: { kind: 'fresh' }, people: { count: 2 } } }
      ])
      await bo.ask('message:send', { room: LOBBY, id: newId(), text: 'live' })
      expect(await ana.next<EventList>('room:events')).toMatchObject({ events: [{ message: { text: 'live' } }] })
    })

    it('takes as many as the limit, at the cost of the event, and nothing that is no list', async () => {
      const { token } = await signIn(server.url, 'Ana')
      for (const open of [undefined, null, 7, {}, []]) expect(await connect(token, open)).toMatchObject({ answers: [] })
      const rooms = Array.from({ length: 1_000 }, () => ({ room: 'nowhere' }))
      const one = await connect(token, rooms)
      expect(one.answers).toEqual(rooms.slice(0, HANDSHAKE_ROOMS_MAX).map(() => ({ ok: false, reason: 'no-room' })))
      const two = await connect(token, rooms)
      expect(two.answers).toContainEqual(expect.objectContaining({ reason: 'too-fast' }))
      expect(two.socket.connected).toBe(true)
    })
  })

  it('keeps no answer in memory after sending it', async () => {
    const { chat } = server
    const given: WeakRef<object>[] = []
    const { open } = chat
    chat.open = async (...asked) => {
      const opened = await open.apply(chat, asked)
      given.push(new WeakRef(opened.sync))
      return opened
    }
    const ana = await connectNative(server.url, 'Ana')
    for (let each = 0; each < 4; each += 1) await ana.ask('room:open', { room: LOBBY })
    expect(given).toHaveLength(4)
    await until('the answers to be collected', () => {
      collectGarbage()
      return given.every((answer) => answer.deref() === undefined)
    })
  })

  it('on a connection that closes meanwhile leaves nobody in the room', async () => {
    const ana = await connectNative(server.url, 'Ana')
    const made = await ana.ask<Room>('room:create', { title: 'Garden' })
    if (!made.ok) throw new Error(made.reason)
    const fail = delayRead()
    void ana.ask('room:open', { room: made.value.id }).catch(() => {})
    await until('it to be read', () => reads === 1)
    closeClients()
    await until('the connection to be gone', () => server.gateway.connections() === 0)
    fail()
    await until('nobody to be there', () => server.people.view(made.value.id).count === 0)
  })
})
