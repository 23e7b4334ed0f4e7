// Simulated clients are of two kinds, compatible and native. Both are opened here, and record the events they receive, in order. Screens,
// watchers and crowds are made of their sockets.
import { createRequire } from 'node:module'
import { io as newest, type Socket } from 'socket.io-client'
import {
  OLDEST_WIRE_VERSION,
  WIRE_VERSION,
  createListReader,
  unpackOpened,
  type PackedEvents,
  type PackedOpened,
  type Reply,
  type SessionAnswer
} from '../../src/contract.ts'

/** How long a test waits for an event before it fails with the events received instead. */
const PATIENCE_MS = 10_000

type Connect = typeof newest
const require = createRequire(import.meta.url)
/** The newest client and the first of version 4: both are out there. */
export const clientVersions: Record<string, Connect> = {
  newest,
  '4.0': (require('sio40') as { io: Connect }).io
}
export const transportKinds = {
  default: ['polling', 'websocket'],
  polling: ['polling'],
  websocket: ['websocket']
} satisfies Record<string, string[]>

export interface TestClient {
  socket: Socket
  /** Everything received so far: event and first argument, in order. */
  received: { event: string; payload: unknown }[]
  emit(event: string, ...payload: unknown[]): void
  /** Sends a request and waits for the reply. */
  ask<T = unknown>(event: string, payload?: unknown): Promise<Reply<T>>
  /** The payload of the next such event that matches and that `next` has not returned before; waits for it. */
  next<T = Record<string, unknown>>(event: string, matches?: (payload: T) => boolean): Promise<T>
  /** The payloads of all such events received so far. */
  all<T = Record<string, unknown>>(event: string): T[]
  close(): void
}

const open = new Set<TestClient>()

/** Closes all clients that a test left open. */
export function closeClients(): void {
  for (const client of open) client.close()
}

export type SocketOptions = { connect?: Connect } & Record<string, unknown>

/** A socket of a compatible client, which connects. `connect` and `transports` as above; `options` go to socket.io-client. */
export const openSocket = (url: string, { connect = newest, ...options }: SocketOptions = {}): Socket =>
  connect(url, { forceNew: true, reconnection: false, ...options })

/** The options of a native client's socket. `more`: of its handshake. */
export const asNative = (token?: string, v: number = WIRE_VERSION, more: object = {}) => ({
  transports: ['websocket'],
  auth: { speaks: 'native', v, ...(token !== undefined && { token }), ...more }
})

/** The newest version of the protocol, for `connectNative`. */
export const NEWEST = { v: WIRE_VERSION }

/** @throws the error that refuses it */
export function connected(socket: Socket): Promise<void> {
  return new Promise((done, failed) => {
    socket.once('connect', done)
    socket.once('connect_error', failed)
  })
}

/** A client that is connected; a native one with `asNative`. */
export async function connectClient(url: string, options?: SocketOptions): Promise<TestClient> {
  const client = listenTo(openSocket(url, options))
  open.add(client)
  await connected(client.socket)
  return client
}

/** A signed-in native client, and its person. It receives whole events unless `v` is a newer version of the protocol. */
export async function connectNative(
  url: string,
  name: string,
  { v = OLDEST_WIRE_VERSION, owner, ...options }: { v?: number; owner?: string } & Record<string, unknown> = {}
) {
  const session = await signIn(url, name, owner === undefined ? {} : { owner })
  const client = await connectClient(url, { ...asNative(session.token, v), ...options })
  return { ...client, session, person: session.person }
}

/** A request to the REST API of a server, with the session of `token`. */
export const request = (method: string, url: string, { token, body }: { token?: string; body?: object } = {}) =>
  fetch(url, {
    method,
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` })
    },
    ...(body && { body: JSON.stringify(body) })
  })

export async function signIn(url: string, name: string, extra: object = {}): Promise<SessionAnswer> {
  const response = await request('POST', `${url}/api/session`, { body: { name, ...extra } })
  if (!response.ok) throw new Error(`sign-in of ${name}: ${response.status} ${await response.text()}`)
  return (await response.json()) as SessionAnswer
}

/** The answer in any version, as the contract has it. */
export function unpacked<R extends Reply<unknown> | null>(event: string, reply: R): R {
  if (event !== 'room:open' || !reply?.ok) return reply
  return { ...reply, value: unpackOpened(reply.value as PackedOpened) }
}

/** Listens to all events, which read alike in all versions: those of a room are `room:events`, an answer to the handshake is an object. */
export function onEvents(socket: Socket, listen: (event: string, payload: unknown) => void): void {
  const read = createListReader()
  // The first of version 4 has onAny as well.
  socket.onAny((event: string, ...sent: unknown[]) => {
    if (event === 'room:+' || event === ':+') return listen('room:events', read(event, ...(sent as PackedEvents)))
    if (event !== 'room:opened') return listen(event, sent[0])
    const [nth, reply] = sent as [number, Reply<unknown>]
    listen(event, { nth, reply: unpacked('room:open', reply) })
  })
}

function listenTo(socket: Socket): TestClient {
  const received: TestClient['received'] = []
  const taken = new Set<unknown>()
  const waiting = new Set<() => void>()
  const client: TestClient = {
    socket,
    received,
    emit: (event, ...payload) => void socket.emit(event, ...payload),
    ask: (event, payload = {}) =>
      new Promise((done) => socket.emit(event, payload, (reply: Reply<never>) => done(unpacked(event, reply)))),
    next: <T>(event: string, matches: (payload: T) => boolean = () => true) =>
      new Promise<T>((done, failed) => {
        const timer = setTimeout(() => {
          waiting.delete(look)
          failed(new Error(`No "${event}" as expected; received: ${JSON.stringify(received).slice(0, 2_000)}`))
        }, PATIENCE_MS)
        function look() {
          const found = received.find(
            (entry) => entry.event === event && !taken.has(entry) && matches(entry.payload as T)
          )
          if (!found) return
          taken.add(found)
          clearTimeout(timer)
          waiting.delete(look)
          done(found.payload as T)
        }
        waiting.add(look)
        look()
      }),
    all: <T>(event: string) => received.filter((entry) => entry.event === event).map((entry) => entry.payload as T),
    close() {
      open.delete(client)
      socket.disconnect()
    }
  }
  onEvents(socket, (event, payload) => {
    received.push({ event, payload })
    for (const look of waiting) look()
  })
  socket.on('disconnect', (reason) => {
    received.push({ event: '(disconnect)', payload: { reason } })
    for (const look of waiting) look()
  })
  return client
}
