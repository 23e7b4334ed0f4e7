// Somebody with a borrowed client as it is out there, brought along to the lobby. Says their name again whenever they come back, as
// the pages of such chats do.
import { connectClient, type TestClient } from '../testing/clients.ts'
import { openingOf } from './native.ts'
import { within } from './waiting.ts'

const IN_WITHIN_MS = 15_000

export const protocols = ['classic', 'course'] as const
export type Protocol = (typeof protocols)[number]

/** As clients come: long-polling first, or WebSocket alone. */
export const transports = { polling: ['polling', 'websocket'], websocket: ['websocket'] } as const

export interface Guest {
  readonly name: string
  readonly region: string
  readonly protocol: Protocol
  readonly client: TestClient
  /** The machine that the session is on. */
  machine(): string
  say(text: string): void
  /** The texts of this run, in the order of hearing. */
  heard(): string[]
  /** Ids of the messages of this run. */
  ids(): string[]
  /** Names of those who were said to leave. */
  left(): string[]
}

/** @param options.lobby false: connects and keeps silent @throws a sentence that says why not */
export async function openGuest(options: {
  url: string
  region: string
  name: string
  run: string
  protocol: Protocol
  transport: keyof typeof transports
  lobby: boolean
}): Promise<Guest> {
  const { url, region, name, run, protocol, transport, lobby } = options
  const opening = openingOf(run)
  const client = await within(
    IN_WITHIN_MS,
    `${name}: connecting`,
    connectClient(url, { transports: transports[transport], reconnection: true }).catch((cause: Error) => {
      throw new Error(`${name} can't connect: ${cause.message}`)
    })
  )
  if (lobby && protocol === 'classic') {
    const introduce = () => client.emit('add-user', name)
    client.socket.on('connect', introduce)
    introduce()
    await within(IN_WITHIN_MS, `${name}: login`, client.next('login'))
  }
  const messages = () =>
    client.all<{ id: string; content: string }>('message').filter(({ content }) => content.startsWith(opening))
  return {
    name,
    region,
    protocol,
    client,
    machine: () => client.socket.io.engine.id?.split('.')[0] ?? '',
    say(text) {
      if (protocol === 'classic') client.emit('new-message', text)
      else client.emit('message', { username: name, content: text })
    },
    heard: () =>
      protocol === 'course'
        ? messages().map(({ content }) => content)
        : client
            .all<{ message: string }>('new-message')
            .map(({ message }) => message)
            .filter((text) => text.startsWith(opening)),
    ids: () => messages().map(({ id }) => id),
    left: () => client.all<{ username: string }>('user-left').map(({ username }) => username)
  }
}
