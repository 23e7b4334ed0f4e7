// Twenty people behind nginx and Caddy, set up as the guide says, on two instances: TLS, HTTP/2, WebSocket and long polling.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import { Agent } from 'node:https'
import { text } from 'node:stream/consumers'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { newFolder } from '../folder.ts'
import { freePort } from '../../dev/free-port.ts'
import { find } from '../../dev/needs.ts'
import { LOBBY, newId, type RoomEvent, type SessionAnswer } from '../../../src/contract.ts'
import type { TestServer } from '../chat-server.ts'
import { asNative, closeClients, connectClient } from '../clients.ts'
import { useCluster } from '../cluster.fixture.ts'
import { readCompose, ROOT } from '../deployment/files.ts'
import { startFront, STICKY, type FrontProgram, type FrontProxy } from '../front-proxy.ts'

const PEOPLE = 20
/** An address may do ten times as much at once. */
const RATE = { RATE_BURST: '20', RATE_PER_SECOND: '1' }
const FLOOD = 250
const FLOODER = '127.0.0.99'
const addressOf = (person: number) => `127.0.0.${10 + person}`

const cluster = useCluster()
let servers: TestServer[]
let port: number
beforeAll(async () => {
  port = await freePort()
  const env = { ...RATE, PUBLIC_ORIGIN: `https://localhost:${port}`, TRUSTED_PROXIES: '127.0.0.1' }
  servers = await cluster.startAll(['one', 'two'], { env, config: {} })
})
afterEach(closeClients)

describe.each(['nginx', 'caddy'] as const)('%s', (program) => {
  it('carries twenty people by WebSocket and long polling, whom one flooder does not lock out', async () => {
    const front = await start(program)
    const post = await openHttp2(front, FLOODER)
    const flood = await Promise.all(
      Array.from({ length: FLOOD }, (_, n) =>
        post('/api/messages', { username: 'x', content: 'flood' }, { 'x-forwarded-for': addressOf(n % PEOPLE) })
      )
    )
    const refused = flood.filter(({ status }) => status === 429).length
    console.log(`${program}: ${refused} of ${FLOOD} messages of the flooder were refused`)
    expect(refused).toBeGreaterThan(0)
    await converse(await enterAll(front, ['polling', 'websocket']))
  })

  it('without sticky sessions carries twenty people by WebSocket', async () => {
    const front = await start(program, (configuration) => configuration.replace(STICKY, ''))
    await converse(await enterAll(front, ['websocket']))
  })
})

it('Caddy accepts its file as it is, and with the variables of compose.yaml', () => {
  const home = newFolder()
  const caddy = (command: string, env: Record<string, string>) =>
    execFileSync(find('caddy') ?? '', [command, '--adapter', 'caddyfile', '--config', 'infra/Caddyfile'], {
      cwd: ROOT,
      env: { HOME: home, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore']
    })
  expect(caddy('adapt', {})).toMatch(/"listen":\[":443"\].*"chat\.example\.org".*"dial":"127\.0\.0\.1:3000"/)
  const variables = { PUBLIC_ORIGIN: 'https://talk.example.org', CHAT: 'chat:3000' }
  expect(Object.keys(readCompose().caddy.environment)).toEqual(Object.keys(variables))
  expect(caddy('adapt', variables)).toMatch(/"listen":\[":443"\].*"talk\.example\.org".*"dial":"chat:3000"/)
  expect(() => caddy('validate', variables)).not.toThrow()
})

type Person = Awaited<ReturnType<typeof enter>>

/** Each says something, and all receive what the others say in one order. */
async function converse(people: Person[]) {
  expect(servers.map(({ gateway }) => gateway.connections()).filter((number) => number === 0)).toEqual([])
  const messages = people.map(({ name }) => `${name} was here`)
  for (const [n, { say }] of people.entries()) await say(messages[n] ?? '')
  const received = ({ texts }: Person) => texts().filter((one) => messages.includes(one))
  for (const person of people) await expect.poll(() => received(person).length).toBeGreaterThanOrEqual(PEOPLE - 1)
  const order = received(people[0]!)
  expect(order.toSorted()).toEqual(messages.toSorted())
  for (const person of people) expect(received(person)).toEqual(order.filter((one) => received(person).includes(one)))
}

async function start(program: FrontProgram, edit?: (configuration: string) => string) {
  const front = await startFront(program, { instances: servers.map(({ url }) => url), port, ...(edit && { edit }) })
  onTestFinished(() => front.stop())
  return front
}

const enterAll = (front: FrontProxy, transports: string[]) =>
  Promise.all(Array.from({ length: PEOPLE }, (_, n) => (n % 2 === 0 ? enter : enterCompatible)(front, n, transports)))

let names = 0

/** A person at the page, with an address of their own. */
async function enter(front: FrontProxy, person: number) {
  const localAddress = addressOf(person)
  const name = `person ${names++}`
  const origin = front.url
  const post = await openHttp2(front, localAddress)
  const answer = await post('/api/session', { name }, { origin, 'x-forwarded-for': FLOODER })
  expect(answer.status).toBe(201)
  expect(answer.headers['set-cookie']).toEqual([expect.stringMatching(/^__Host-taifas=.*Secure/)])
  expect(answer.headers['strict-transport-security']).toBeDefined()
  const { token } = JSON.parse(answer.body) as SessionAnswer
  const client = await connectClient(front.url, {
    ca: front.ca,
    localAddress,
    extraHeaders: { origin },
    ...asNative(token, 1)
  })
  expect(await client.ask('room:open', { room: LOBBY })).toMatchObject({ ok: true })
  return {
    name,
    async say(message: string) {
      const reply = await client.ask('message:send', { room: LOBBY, id: newId(), text: message })
      expect(reply).toMatchObject({ ok: true })
    },
    texts: () =>
      client
        .all<{ events: RoomEvent[] }>('room:events')
        .flatMap(({ events }) => events.map(({ message }) => message.text ?? ''))
  }
}

/** A person with a compatible client. */
async function enterCompatible({ url, ca }: FrontProxy, person: number, transports: string[]): Promise<Person> {
  const localAddress = addressOf(person)
  const agent = new Agent({ localAddress, ca, keepAlive: true })
  onTestFinished(() => agent.destroy())
  const name = `person ${names++}`
  // WebSockets know `localAddress`, long polling knows an agent.
  const from = transports.includes('polling') ? { agent } : { localAddress }
  const client = await connectClient(url, { ca, transports, ...from })
  client.emit('add-user', name)
  await client.next('login')
  return {
    name,
    say: async (message) => client.emit('new-message', message),
    texts: () => client.all<{ message: string }>('new-message').map(({ message }) => message)
  }
}

/** Posts over one HTTP/2 connection, as a browser does. */
async function openHttp2({ url, ca }: FrontProxy, localAddress: string) {
  const options: ConnectionOptions & { localAddress: string } = {
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    localAddress,
    ca,
    ALPNProtocols: ['h2']
  }
  const tls = connectTls(options)
  const session = connectHttp2(url, { createConnection: () => tls })
  onTestFinished(() => session.destroy())
  await once(session, 'connect')
  expect(tls.alpnProtocol).toBe('h2')
  return async (path: string, body: object, headers: Record<string, string>) => {
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/json', ...headers })
    stream.end(JSON.stringify(body))
    const [answered] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }]
    return { status: answered[':status'], headers: answered, body: await text(stream) }
  }
}
