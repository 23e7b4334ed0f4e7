// Twenty thousand frames and requests, made from the contract and from fixed seeds, against a server in a process of its own.
import { newSuffix } from '../new-suffix.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newFolder } from '../folder.ts'
import { startChild, type ChildServer } from '../child.ts'
import { closeClients, connectClient, connectNative, signIn, request } from '../clients.ts'
import { brokenPacket, bytes, guestPacket, knownValues } from '../fuzz-frames.ts'
import { brokenFor, garbled, seeded, validFor, type Random } from '../fuzz-values.ts'
import { closeRaws, openRaw, type RawWebSocket } from '../raw-websocket.ts'
import { residentPeak } from '../resident.ts'
import { until } from '../until.ts'
import {
  LOBBY,
  WIRE_VERSION,
  bodies,
  newId,
  clientEvents,
  type Reply,
  type ClientEvent
} from '../../../src/contract.ts'

/** Frames or requests of each kind. */
const COUNTS = { native: 8_000, guests: 4_000, packets: 4_000, polling: 2_000, rest: 2_000 }
/** Fewer than the packets that one connection may send at once. */
const PER_CONNECTION = 250
/** Of packets that no client sends. */
const PACKETS_PER_CONNECTION = 10
const AT_ONCE = 4
const HEAP_MB = 256
/** On a busy machine. */
const STARTS_WITHIN_MS = 60_000
const RESIDENT_MAX_BYTES = 400_000_000
/** Prints the names that every object of the server inherits. */
const WATCH = `process.on('SIGUSR2', () => console.log('inherited:', Object.getOwnPropertyNames(Object.prototype).length))`

const MODERATOR_TOKEN = 'the moderator token of this test'
const events = Object.keys(clientEvents) as ClientEvent[]

describe('a server that is told anything', { timeout: 60_000 }, () => {
  let folder: string
  let server: ChildServer
  let token: string
  let inherited: string
  let me: string
  let someone: string
  let moderator: string
  /** Private rooms of the person who sends: one for each kind of change of members that can be made once. */
  let cellars: string[]
  beforeAll(async () => {
    folder = newFolder()
    const program = [`--max-old-space-size=${HEAP_MB}`, '--import', `data:text/javascript,${WATCH}`, 'src/main.ts']
    server = await startChild(
      { DATA_DIR: folder, MODERATOR_TOKEN, RATE_BURST: '100000', RATE_PER_SECOND: '100000' },
      program
    )
    inherited = await inheritedNames()
    const owner = await until('the link for the first owner', () => /#owner=([\w-]+)/.exec(server.printed())?.[1])
    const session = await signIn(server.url, 'Fuzz', { owner })
    token = session.token
    me = session.person.id
    // Guesses among the requests will slow down who brings the token.
    moderator = (await signIn(server.url, 'Keeper', { moderator: MODERATOR_TOKEN })).token
    someone = (await signIn(server.url, 'Someone')).person.id
    cellars = await Promise.all([0, 1].map(privateRoom))
  }, STARTS_WITHIN_MS)
  afterAll(async () => {
    closeClients()
    closeRaws()
    await server.end('SIGKILL')
  })

  async function privateRoom(nth: number): Promise<string> {
    const response = await request('POST', `${server.url}/api/rooms/private`, {
      token,
      body: { title: `Cellar ${nth}` }
    })
    return ((await response.json()) as { id: string }).id
  }

  it('answers every native event, well-formed or not, by its schema', async () => {
    const answers = new Map<string, number>()
    let empties = 0
    await connections('native', 1, async (random, frames) => {
      const raw = await joined(`40${JSON.stringify({ speaks: 'native', v: WIRE_VERSION, token })}`)
      raw.say(`42999999["room:open",{"room":"${LOBBY}"}]`)
      await until('the lobby to be open', () => raw.received.some((packet) => packet.startsWith('43999999')))
      const known = knownValues(random)
      // A room that is surely empty when it is removed, and a message that is surely there.
      const empty = `empty-${empties++}`
      const message = newId()
      const change = () => ({ room: LOBBY, id: newId(), message })
      const asked: { event: ClientEvent; payload: unknown }[] = [
        { event: 'room:create', payload: { title: empty } },
        { event: 'room:remove', payload: { room: empty } },
        { event: 'direct:open', payload: { people: [someone] } },
        { event: 'member:add', payload: { room: cellars[0], id: newId(), person: someone } },
        { event: 'member:own', payload: { room: cellars[0], id: newId(), person: me } },
        { event: 'member:remove', payload: { room: cellars[0], id: newId(), person: someone } },
        { event: 'member:leave', payload: { room: cellars[1], id: newId() } },
        { event: 'role:give', payload: { person: someone, role: 'moderator' } },
        { event: 'message:send', payload: { room: LOBBY, id: message, text: 'fuzzed' } },
        { event: 'message:edit', payload: { ...change(), text: 'still fuzzed' } },
        { event: 'message:react', payload: { ...change(), emoji: '👍', on: true } },
        { event: 'message:read', payload: { room: LOBBY, message } },
        { event: 'message:remove', payload: change() }
      ]
      while (asked.length < frames) {
        const event = random.pick(events)
        const make = random.chance(0.5) ? validFor : brokenFor
        asked.push({ event, payload: make(clientEvents[event], random, known) })
      }
      for (const [nth, { event, payload }] of asked.entries()) raw.say(`42${nth}${JSON.stringify([event, payload])}`)
      const answered = () => raw.received.filter((packet) => /^43\d{1,5}\[/.test(packet))
      await until('every event to be answered', () => answered().length === frames || raw.tcp.destroyed)
      expect(raw.tcp.destroyed).toBe(false)
      for (const packet of answered()) {
        const [, nth = '', reply = ''] = /^43(\d+)\[(.*)\]$/s.exec(packet) ?? []
        const { ok, ...rest } = JSON.parse(reply) as Reply<unknown>
        const key = `${asked[Number(nth)]?.event} ${ok ? 'ok' : 'reason' in rest ? rest.reason : ''}`
        answers.set(key, (answers.get(key) ?? 0) + 1)
      }
      raw.tcp.destroy()
    })
    expect([...answers.keys()].filter((key) => key.endsWith(' fault'))).toEqual([])
    // The fuzzing reaches what lies behind the schemas, and the schemas refuse.
    for (const event of events)
      for (const outcome of ['ok', 'bad-request']) expect([...answers.keys()]).toContain(`${event} ${outcome}`)
  })

  it('survives every event of the guest protocols', async () => {
    await connections('guests', 2, async (random, frames) => {
      const raw = await joined('40')
      for (let nth = 0; nth < frames; nth += 1) raw.say(guestPacket(random))
      await finish(raw)
    })
  })

  it('survives packets that no client sends', async () => {
    await connections('packets', 3, async (random, frames) => {
      // Most of these packets close the connection that sends them, so that each one sends a few only.
      for (let sent = 0; sent < frames; sent += PACKETS_PER_CONNECTION) {
        const raw = await openRaw(server.url)
        if (random.chance(0.5)) raw.say('40')
        for (let nth = 0; nth < PACKETS_PER_CONNECTION; nth += 1) {
          if (random.chance(0.05)) raw.tcp.write(bytes(random))
          else raw.say(brokenPacket(random))
        }
        await finish(raw)
      }
    })
  })

  it('survives polling requests of every shape, and answers none with 5xx', async () => {
    const random = seeded(4)
    const statuses = new Set<number>()
    await atOnce(COUNTS.polling / 20, async () => {
      const path = `${server.url}/socket.io/?EIO=4&transport=polling`
      const handshake = await fetch(path)
      const sid = /"sid":"([^"]+)"/.exec(await handshake.text())?.[1] ?? ''
      for (let each = 0; each < 19; each += 1) {
        const body = Array.from({ length: 1 + random.below(3) }, () =>
          garbled('42["message",{"username":"Ana"}]', random)
        )
        const query = random.chance(0.3) ? garbled(`&sid=${sid}&t=1`, random) : `&sid=${sid}`
        const method = random.pick(['POST', 'POST', 'POST', 'PUT', 'DELETE', 'OPTIONS'])
        const asked = { method, ...(method !== 'OPTIONS' && { body: body.join('\u001e').toWellFormed() }) }
        const { status } = await fetch(path + encodeURI(query.toWellFormed()), asked)
        // Engine.IO answers methods that it does not know with 500.
        if (method === 'POST') statuses.add(status)
      }
    })
    expect([...statuses].filter((status) => status >= 500)).toEqual([])
  })

  it('survives requests of every shape on every route, and answers none with 5xx', async () => {
    const random = seeded(5)
    const answers = new Map<string, number>()
    const known = knownValues(random)
    const routes = [
      ['POST', '/api/session', bodies.session],
      ['POST', '/api/rooms', bodies.room],
      ['POST', `/api/rooms/${LOBBY}/messages`, bodies.message],
      ['POST', '/api/messages', bodies.message],
      ['DELETE', `/api/messages/${newId()}`, bodies.message],
      ['GET', `/api/rooms/${LOBBY}/messages?limit=5`, null],
      ['GET', '/api/messages?limit=5', null],
      ['GET', '/api/presence?room=lobby', null],
      ['GET', '/api/session', null]
    ] as const
    await atOnce(COUNTS.rest, async () => {
      const [method, path, schema] = random.pick(routes)
      const make = random.chance(0.3) ? validFor : brokenFor
      const valid = schema === null ? undefined : JSON.stringify(make(schema, random, known))
      const body = valid !== undefined && random.chance(0.2) ? garbled(valid, random).toWellFormed() : valid
      const place = random.chance(0.2) ? `/${encodeURI(garbled(path.slice(1), random).toWellFormed())}` : path
      const { status } = await fetch(server.url + place, {
        method,
        headers: {
          'content-type': random.chance(0.9) ? 'application/json' : 'text/plain',
          authorization: random.chance(0.7)
            ? `Bearer ${token}`
            : random.pick(['', 'Bearer', 'Bearer x.y.z', 'Basic Og=='])
        },
        ...(body !== undefined && { body })
      })
      answers.set(`${method} ${status}`, (answers.get(`${method} ${status}`) ?? 0) + 1)
    })
    expect([...answers.keys()].filter((key) => / 5/.test(key))).toEqual([])
    expect([...answers.keys()]).toEqual(expect.arrayContaining(['POST 201', 'POST 400', 'GET 200']))
  })

  it('works afterwards as before, has logged no fault, has no polluted prototype and has bounded memory', async () => {
    const [ana, guest] = [await connectNative(server.url, `Ana ${newSuffix()}`), await connectClient(server.url)]
    await ana.ask('room:open', { room: LOBBY })
    // Moderators among the senders have changed the lobby.
    await request('PATCH', `${server.url}/api/rooms/${LOBBY}`, {
      token: moderator,
      body: { readOnly: false, slowSeconds: 0 }
    })
    const said = await ana.ask('message:send', { room: LOBBY, id: newId(), text: 'after all that' })
    expect(said).toMatchObject({ ok: true })
    await guest.next<{ content: string }>('message', ({ content }) => content === 'after all that')
    expect(await inheritedNames()).toBe(inherited)
    expect(
      server
        .printed()
        .split('\n')
        .filter((line) => /"unhandled"|"trouble"|"level":"(error|fatal)"/.test(line))
    ).toEqual([])
    const resident = residentPeak(server.process.pid ?? 0)
    console.log(`fuzzing: seeds 1 to 5, ${JSON.stringify(COUNTS)}, ${(resident / 1_000_000).toFixed(0)} MB resident`)
    expect(resident).toBeLessThan(RESIDENT_MAX_BYTES)
  })

  /** Runs `use` for each connection of a kind, with its share of the frames and random numbers of its own. */
  async function connections(
    kind: keyof typeof COUNTS,
    seed: number,
    use: (random: Random, frames: number) => Promise<void>
  ) {
    let nth = 0
    await atOnce(COUNTS[kind] / PER_CONNECTION, () => use(seeded(seed * 1_000 + nth++), PER_CONNECTION))
  }

  async function joined(packet: string): Promise<RawWebSocket> {
    const raw = await openRaw(server.url)
    expect(raw.status).toBe(101)
    raw.say(packet)
    await until('a welcome', () => raw.received.some((received) => received.startsWith('40')))
    return raw
  }

  async function inheritedNames(): Promise<string> {
    const already = server.printed().length
    server.process.kill('SIGUSR2')
    return until('the names of the prototype', () => /inherited: \d+/.exec(server.printed().slice(already))?.[0])
  }
})

/** Ends our side; the server has read everything once it closes its own. */
async function finish(raw: RawWebSocket): Promise<void> {
  raw.tcp.end()
  await raw.closed
}

async function atOnce(times: number, work: () => Promise<void>): Promise<void> {
  let left = times
  const lane = async () => {
    while (left-- > 0) await work()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}
