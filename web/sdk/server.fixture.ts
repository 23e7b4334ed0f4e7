// For the client's tests: a real server that can stop and start again on the same port, over the same folder or another, and its
// clients.
import { newSuffix } from '../../infra/testing/new-suffix.ts'
import { onTestFinished } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { startTestServer, type TestServer } from '../../infra/testing/chat-server.ts'
import { closeClients, connectNative } from '../../infra/testing/clients.ts'
import { UNLIMITED_RATE } from '../../infra/testing/cluster.fixture.ts'
import type { Config } from '../../src/process/config.ts'
import { LOBBY, newId, type Answers, type Message } from '../../src/contract.ts'
import type { HeardEvent, ClientOptions, ClientRoom } from './api.ts'
import { openClient, type Client } from './client.ts'
import type { ClientError } from './client-error.ts'

export type Fixture = Awaited<ReturnType<typeof openFixture>>

export async function openFixture(config: Partial<Config> = {}, finished = onTestFinished) {
  const clients = new Set<Client>()
  let server: TestServer | null = null
  let dataDir = newFolder()
  server = await startTestServer({ config: { ...UNLIMITED_RATE, ...config, dataDir } })
  const { url } = server
  const port = Number(new URL(url).port)

  finished(async () => {
    for (const client of clients) await client.close()
    closeClients()
    await server?.stop()
  })

  return {
    url,
    get server() {
      if (!server) throw new Error('the server is down')
      return server
    },

    async down() {
      await server?.stop()
      server = null
    },
    /** Starts again with its data, or `empty`, as after a lost disk. */
    async up({ empty = false } = {}) {
      if (empty) dataDir = newFolder()
      server = await startTestServer({ config: { ...UNLIMITED_RATE, ...config, dataDir, port } })
    },
    /** Drops the connections, all or one person's. The clients reconnect. */
    drop: (person?: string) => dropConnections(server, person),

    async client(options: Partial<ClientOptions> & { name?: string; token?: string } = {}) {
      const errors: ClientError[] = []
      const { name = options.token === undefined ? `Bot ${newSuffix()}` : undefined } = options
      const client = await openClient({
        url,
        onError: (error) => errors.push(error),
        ...options,
        ...(name !== undefined && { name })
      })
      clients.add(client)
      return {
        client,
        errors,
        get lobby() {
          return client.room(LOBBY)
        }
      }
    },

    /** Posts inside the server, past its rate limits. */
    speaker(room = LOBBY) {
      const name = `Speaker ${newSuffix()}`
      const caller = { person: { id: newId(), key: newId(), name, moderator: false }, name, address: 'here' }
      const { chat } = server!
      return {
        say: (...texts: string[]) => Promise.all(texts.map((text) => chat.send(caller, { room, id: newId(), text }))),
        edit: (message: string, text: string) => chat.edit(caller, { room, id: newId(), message, text }),
        remove: (message: string) => chat.remove(caller, { room, id: newId(), message })
      }
    },

    /** All of a room as the server has it, oldest first. */
    all: (room = LOBBY) => allMessages(url, room)
  }
}

export function dropConnections(server: TestServer | null, person?: string): void {
  for (const socket of server?.gateway.io.sockets.sockets.values() ?? [])
    if (person === undefined || socket.data.caller.person?.id === person) socket.conn.close()
}

export async function allMessages(url: string, room = LOBBY): Promise<Message[]> {
  const reader = await connectNative(url, `Reader ${newSuffix()}`)
  try {
    await reader.ask('room:open', { room })
    const messages: Message[] = []
    for (let older = true, before = Number.MAX_SAFE_INTEGER; older;) {
      const page = await reader.ask<Answers['room:before']>('room:before', { room, before, limit: 500 })
      if (!page.ok) throw new Error(page.reason)
      messages.unshift(...page.value.messages)
      older = page.value.older
      before = messages[0]?.seq ?? 0
    }
    return messages
  } finally {
    reader.close()
  }
}

/** Handlers of a room that record what they receive. */
export function recording(room: ClientRoom) {
  const events: HeardEvent[] = []
  room.onEvent((event) => events.push(event))
  return { events, texts: () => events.filter(({ kind }) => kind === 'sent').map(({ message }) => message.text) }
}

export const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => `${from + n}`)
