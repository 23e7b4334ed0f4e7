// A client of the classic or the course protocol, as existing chats have them. It introduces itself whenever it connects.
import { connectClient, type TestClient } from '../testing/clients.ts'
import { prefixOf } from './run.ts'
import { within } from './waiting.ts'

const CONNECTED_WITHIN_MS = 15_000
const transports = { polling: ['polling', 'websocket'], websocket: ['websocket'] } as const

export type Kind = readonly [protocol: 'classic' | 'course', transport: keyof typeof transports]
export const kinds: readonly Kind[] = [
  ['classic', 'polling'],
  ['classic', 'websocket'],
  ['course', 'polling'],
  ['course', 'websocket']
]

export interface CompatibleClient {
  readonly name: string
  readonly region: string
  readonly protocol: Kind[0]
  readonly client: TestClient
  /** The machine of its session. */
  machine(): string
  send(text: string): void
  /** The messages of this run that it received, in order. */
  received(): string[]
  /** Their ids; only the course protocol has them. */
  ids(): string[]
  /** Names of those who were announced as gone. */
  left(): string[]
}

/** @param options.lobby false: it only connects @throws a sentence that says why it can't */
export async function openCompatible(options: {
  url: string
  region: string
  name: string
  run: string
  kind: Kind
  lobby: boolean
}): Promise<CompatibleClient> {
  const { url, region, name, run, lobby } = options
  const [protocol, transport] = options.kind
  const isOurs = (text: string) => text.startsWith(prefixOf(run))
  const connecting = connectClient(url, { transports: transports[transport], reconnection: true })
  const client = await within(CONNECTED_WITHIN_MS, 'connecting', connecting).catch((cause: Error) => {
    throw new Error(`${name} can't connect: ${cause.message}`)
  })
  if (lobby && protocol === 'classic') {
    const introduce = () => client.emit('add-user', name)
    client.socket.on('connect', introduce)
    introduce()
    await within(CONNECTED_WITHIN_MS, `${name}: login`, client.next('login'))
  }
  const course = () => client.all<{ id: string; content: string }>('message').filter(({ content }) => isOurs(content))
  const classic = () => client.all<{ message: string }>('new-message').map(({ message }) => message)
  return {
    name,
    region,
    protocol,
    client,
    machine: () => client.socket.io.engine.id?.split('.')[0] ?? '',
    send(text) {
      if (protocol === 'classic') client.emit('new-message', text)
      else client.emit('message', { username: name, content: text })
    },
    received: () => (protocol === 'course' ? course().map(({ content }) => content) : classic().filter(isOurs)),
    ids: () => course().map(({ id }) => id),
    left: () => client.all<{ username: string }>('user-left').map(({ username }) => username)
  }
}
