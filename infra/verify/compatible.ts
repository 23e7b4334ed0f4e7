// A client of the classic or the course protocol, as existing chats have them. It introduces itself whenever it connects.
import { connectClient } from '../testing/clients.ts'
import { prefixOf, type Region, type RunOptions } from './run-options.ts'
import { within } from './waiting.ts'

const CONNECTED_WITHIN_MS = 15_000
const transports = { polling: ['polling', 'websocket'], websocket: ['websocket'] } as const

const protocols = ['classic', 'course'] as const
export const kinds = protocols.flatMap((protocol) => [[protocol, 'polling'] as const, [protocol, 'websocket'] as const])

export type CompatibleClient = Awaited<ReturnType<typeof openCompatible>>

/** With --no-lobby it only connects. @throws a sentence that says why it can't */
export async function openCompatible(run: RunOptions, { name: region, url }: Region, kind: (typeof kinds)[number]) {
  const [protocol, transport] = kind
  const name = `${region} ${kind.join(' ')} (verify ${run.id})`
  const isOurs = (text: string) => text.startsWith(prefixOf(run.id))
  const connecting = connectClient(url, { transports: transports[transport], reconnection: true })
  const client = await within(CONNECTED_WITHIN_MS, 'connecting', connecting).catch((cause: Error) => {
    throw new Error(`${name} can't connect: ${cause.message}`)
  })
  if (run.lobby && protocol === 'classic') {
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
    /** The machine of its session. */
    machine: () => client.socket.io.engine.id?.split('.')[0] ?? '',
    send(text: string) {
      if (protocol === 'classic') client.emit('new-message', text)
      else client.emit('message', { username: name, content: text })
    },
    received: () => (protocol === 'course' ? course().map(({ content }) => content) : classic().filter(isOurs)),
    /** Only the course protocol has them. */
    ids: () => course().map(({ id }) => id),
    /** Names of people announced as gone. */
    left: () => client.all<{ username: string }>('user-left').map(({ username }) => username)
  }
}
