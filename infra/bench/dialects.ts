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

/** A client of Socket.IO: `join` is called when it is connected; `sent` is the event, with its arguments, that says something. */
function engine(
  auth: object | undefined,
  sent: (text: string) => unknown[],
  join: (ask: (...event: unknown[]) => Promise<string>, emit: (...event: unknown[]) => void) => unknown
): (url: string) => Promise<Client> {
  return async (url) => {
    const waiting = new Map<string, (answer: string) => void>()
    const connected = Promise.withResolvers<void>()
    let asked = 0
    const socket = await openSocket(url + ENGINE, (packet, reply) => {
      if (packet === PACKET.ping) reply(PACKET.pong)
      else if (packet.startsWith(PACKET.ack)) {
        const [, id = '', answer = ''] = /^43(\d+)(.*)$/s.exec(packet) ?? []
        waiting.get(id)?.(answer)
        waiting.delete(id)
      } else if (packet.startsWith(PACKET.connect)) connected.resolve()
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
    socket.send(PACKET.connect + (auth ? JSON.stringify(auth) : ''))
    await connected.promise
    await join(ask, emit)
    return client
  }
}

const stock: Dialect = async (url) => {
  const connect = engine(
    undefined,
    (text) => ['message', text],
    () => {}
  )
  return () => connect(url)
}

const classic: Dialect = async (url) => {
  const name = `Guest ${newSuffix()}`
  const connect = engine(
    undefined,
    (text) => ['new-message', text],
    (_, emit) => emit('add-user', name)
  )
  return () => connect(url)
}

interface Opened {
  reason?: string
  value?: { sync: { cursor: unknown; more?: boolean } }
}

/** Numbers the names: random ones may contain a word that is refused. */
let signedIn = 0

const native: Dialect = async (url) => {
  const { token } = await signIn(url, `Person ${(signedIn += 1)}`)
  let cursor: unknown
  const connect = engine(
    { speaks: 'native', v: WIRE_VERSION, token },
    (text) => ['message:send', { room: LOBBY, id: newId(), text }],
    async (ask) => {
      for (let more = true; more;) {
        const answer = await ask('room:open', { room: LOBBY, ...(cursor !== undefined && { cursor }) })
        const [reply] = JSON.parse(answer) as [Opened]
        if (reply.reason === 'too-fast') await wait(AGAIN_MS)
        else if (!reply.value) throw new Error(`the room was not opened: ${reply.reason}`)
        else {
          const { sync } = reply.value
          cursor = sync.cursor
          more = sync.more ?? false
        }
      }
    }
  )
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
