// Clients for tests: plain socket.io-client programs that write down what they hear, in order.
import { createRequire } from 'node:module'
import { io as newest, type Socket } from 'socket.io-client'
import { OLDEST_WIRE_VERSION, type Reply, type SessionAnswer } from '../../src/contract.ts'

/** How long a test waits for a word before it says what was heard instead. */
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
  /** Everything heard so far: word and first argument, in order. */
  heard: { word: string; said: unknown }[]
  emit(word: string, ...said: unknown[]): void
  /** Asks and waits for the reply. */
  ask<T = unknown>(word: string, said?: unknown): Promise<Reply<T>>
  /** The next one of that word not yet taken by `next`, which fits; waits for it. */
  next<T = Record<string, unknown>>(word: string, fits?: (said: T) => boolean): Promise<T>
  /** All of that word heard so far. */
  all<T = Record<string, unknown>>(word: string): T[]
  close(): void
}

const open = new Set<TestClient>()

/** Closes all clients that a test left open. */
export function closeClients(): void {
  for (const client of open) client.close()
}

/** A client that is connected. `connect` and `transports` as above; `options` go to socket.io-client. */
export async function connectClient(
  url: string,
  { connect = newest, ...options }: { connect?: Connect } & Record<string, unknown> = {}
): Promise<TestClient> {
  const socket = connect(url, { forceNew: true, reconnection: false, ...options })
  const client = listenTo(socket)
  open.add(client)
  await new Promise<void>((done, failed) => {
    socket.once('connect', () => done())
    socket.once('connect_error', failed)
  })
  return client
}

/** A signed-in native client, and who it is. It hears whole events unless `v` is a newer version of the wire. */
export async function connectNative(
  url: string,
  name: string,
  { v = OLDEST_WIRE_VERSION, ...options }: { v?: number } & Record<string, unknown> = {}
) {
  const session = await signIn(url, name)
  const auth = { speaks: 'native', v, token: session.token }
  const client = await connectClient(url, { transports: ['websocket'], auth, ...options })
  return { ...client, session, person: session.person }
}

export async function signIn(url: string, name: string, extra: object = {}): Promise<SessionAnswer> {
  const response = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, ...extra })
  })
  if (!response.ok) throw new Error(`sign-in of ${name}: ${response.status} ${await response.text()}`)
  return (await response.json()) as SessionAnswer
}

function listenTo(socket: Socket): TestClient {
  const heard: TestClient['heard'] = []
  const taken = new Set<unknown>()
  const waiting = new Set<() => void>()
  const client: TestClient = {
    socket,
    heard,
    emit: (word, ...said) => void socket.emit(word, ...said),
    ask: (word, said = {}) => new Promise((done) => socket.emit(word, said, done)),
    next: <T>(word: string, fits: (said: T) => boolean = () => true) =>
      new Promise<T>((done, failed) => {
        const timer = setTimeout(() => {
          waiting.delete(look)
          failed(new Error(`No "${word}" as expected; heard: ${JSON.stringify(heard).slice(0, 2_000)}`))
        }, PATIENCE_MS)
        function look() {
          const found = heard.find((entry) => entry.word === word && !taken.has(entry) && fits(entry.said as T))
          if (!found) return
          taken.add(found)
          clearTimeout(timer)
          waiting.delete(look)
          done(found.said as T)
        }
        waiting.add(look)
        look()
      }),
    all: <T>(word: string) => heard.filter((entry) => entry.word === word).map((entry) => entry.said as T),
    close() {
      open.delete(client)
      socket.disconnect()
    }
  }
  // The first of version 4 has onAny as well.
  socket.onAny((word: string, said: unknown) => {
    heard.push({ word, said })
    for (const look of waiting) look()
  })
  socket.on('disconnect', (reason) => {
    heard.push({ word: '(disconnect)', said: { reason } })
    for (const look of waiting) look()
  })
  return client
}
