// How a client joins and speaks, for every program that is compared. Clients are bare WebSockets: with a client library most of the
// time would be the library's.
import { newSuffix } from '../testing/new-suffix.ts'
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { LOBBY, newId, WIRE_VERSION } from '../../src/contract.ts'
import { signIn } from '../testing/clients.ts'

export interface Client {
  send(text: string): void
  /** Resolves with the server's acknowledgement. */
  sendAcknowledged(text: string): Promise<void>
  /** Called with every frame that brings something. */
  onFrame: (frame: string) => void
  close(): void
}

/** Somebody who may connect as often as they like. */
export type Person = () => Promise<Client>
/** Somebody new at this address. What is not part of connecting, such as signing in, has happened when it resolves. */
export type Dialect = (url: string) => Promise<Person>

const CONNECT_TRIES = 50
const AGAIN_MS = 100
const ENGINE = '/socket.io/?EIO=4&transport=websocket'
/** First characters of packets: Engine.IO's type, then Socket.IO's. */
const PACKET = { open: '0', ping: '2', pong: '3', connect: '40', event: '42', ack: '43' }

const plain: Dialect = async (url) => async () => {
  const acknowledged: (() => void)[] = []
  const socket = await openSocket(url, (frame) => (frame === 'ok' ? acknowledged.shift()?.() : client.onFrame(frame)))
  const client: Client = {
    onFrame: () => {},
    send: (text) => socket.send(text),
    sendAcknowledged: (text) =>
      new Promise((done) => {
        acknowledged.push(done)
        socket.send(text)
      }),
    close: () => socket.terminate()
  }
  return client
}

/** A client of Socket.IO. */
interface Engine {
  /** Of its handshake. */
  auth?: () => object
  /** The event, with its arguments, that says something. */
  sent(text: string): unknown[]
  /** Whether this packet begins `join`: by default, that it is connected. */
  isReady?(packet: string): boolean
  join?(packet: string, ask: (...event: unknown[]) => Promise<string>, emit: (...event: unknown[]) => void): unknown
}

function engine({ auth, sent, isReady = (packet) => packet.startsWith(PACKET.connect), join }: Engine) {
  return async (url: string): Promise<Client> => {
    const waiting = new Map<string, (answer: string) => void>()
    const ready = Promise.withResolvers<string>()
    let asked = 0
    const socket = await openSocket(url + ENGINE, (packet, reply) => {
      if (packet === PACKET.ping) reply(PACKET.pong)
      else if (packet.startsWith(PACKET.ack)) {
        const [, id = '', answer = ''] = /^43(\d+)(.*)$/s.exec(packet) ?? []
        waiting.get(id)?.(answer)
        waiting.delete(id)
      } else if (isReady(packet)) ready.resolve(packet)
      else if (packet.startsWith(PACKET.event)) client.onFrame(packet)
    })
    const emit = (...event: unknown[]) => socket.send(PACKET.event + JSON.stringify(event))
    const ask = (...event: unknown[]) =>
      new Promise<string>((done) => {
        const id = String((asked += 1))
        waiting.set(id, done)
        socket.send(PACKET.event + id + JSON.stringify(event))
      })
    const client: Client = {
      onFrame: () => {},
      send: (text) => emit(...sent(text)),
      sendAcknowledged: async (text) => void (await ask(...sent(text))),
      close: () => socket.terminate()
    }
    socket.send(PACKET.connect + (auth ? JSON.stringify(auth()) : ''))
    const packet = await ready.promise
    await join?.(packet, ask, emit)
    return client
  }
}

const stock: Dialect = async (url) => {
  const connect = engine({ sent: (text) => ['message', text] })
  return () => connect(url)
}

const classic: Dialect = async (url) => {
  const name = `Guest ${newSuffix()}`
  const connect = engine({
    sent: (text) => ['new-message', text],
    join: (_, ask, emit) => emit('add-user', name)
  })
  return () => connect(url)
}

interface Opened {
  reason?: string
  value?: { sync: { cursor: unknown; more?: boolean } }
}

/** Numbers the names: random ones may contain a word that is refused. */
let signedIn = 0

const OPENED = `${PACKET.event}["room:opened"`
/** Of a server of an earlier build, which opens no room with the handshake. */
const isPlainHello = (packet: string) =>
  packet.startsWith(`${PACKET.event}["server:hello"`) && !packet.includes('"opening"')

const native: Dialect = async (url) => {
  const { token } = await signIn(url, `Person ${(signedIn += 1)}`)
  let cursor: unknown
  const request = () => ({ room: LOBBY, ...(cursor !== undefined && { cursor }) })
  const connect = engine({
    auth: () => ({ speaks: 'native', v: WIRE_VERSION, token, open: [request()] }),
    sent: (text) => ['message:send', { room: LOBBY, id: newId(), text }],
    isReady: (packet) => packet.startsWith(OPENED) || isPlainHello(packet),
    async join(packet, ask) {
      const open = async () => (JSON.parse(await ask('room:open', request())) as [Opened])[0]
      let reply = packet.startsWith(OPENED)
        ? (JSON.parse(packet.slice(PACKET.event.length)) as [string, number, Opened])[2]
        : await open()
      for (;;) {
        if (reply.reason === 'too-fast') await wait(AGAIN_MS)
        else if (!reply.value) throw new Error(`the room was not opened: ${reply.reason}`)
        else {
          const { sync } = reply.value
          cursor = sync.cursor
          if (!sync.more) return
        }
        reply = await open()
      }
    }
  })
  return () => connect(url)
}

export const dialects = { plain, stock, classic, native }

/** Tries again, as every client does, when too many connect at the same moment. */
async function openSocket(url: string, received: Received): Promise<WebSocket> {
  for (let tries = 1; ; tries += 1)
    try {
      return await openOnce(url, received)
    } catch (cause) {
      if (tries === CONNECT_TRIES) throw cause
      await wait(AGAIN_MS)
    }
}

/** The first frames may come before the socket counts as open. */
type Received = (frame: string, reply: (frame: string) => void) => void

function openOnce(url: string, received: Received): Promise<WebSocket> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { perMessageDeflate: false, skipUTF8Validation: true })
  // A server that is ended closes all of them.
  socket.on('error', () => {})
  socket.on('message', (data: Buffer) => received(data.toString(), (frame) => socket.send(frame)))
  return new Promise((done, failed) => {
    socket.once('error', failed)
    socket.once('open', () => done(socket))
  })
}
