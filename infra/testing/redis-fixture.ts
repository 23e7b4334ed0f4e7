// One Redis for all tests of a file. It ends after the last of them, and so do the connections to it.
import { afterAll, beforeAll } from 'vitest'
import { connectRedis, type RedisClient } from '../../src/redis/connection.ts'
import { lookInto } from './chat-server.ts'
import { startRedis, type RedisServer } from './redis-server.ts'

export function useRedis() {
  let server: RedisServer
  let prefixes = 0
  const opened: Pick<RedisClient, 'isOpen' | 'destroy'>[] = []
  const tracked = <T extends (typeof opened)[number]>(client: T): T => {
    opened.push(client)
    return client
  }
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(async () => {
    for (const client of opened) if (client.isOpen) client.destroy()
    await server.stop()
  })
  return {
    /** As an instance connects. */
    connect: () => tracked(connectRedis(server.url, { onError() {}, name: 'test' })),
    /** As an operator looks into it. */
    admin: async () => tracked(await lookInto(server.url)),
    /** Of a deployment that has stored nothing yet. */
    newPrefix: () => `p${(prefixes += 1)}`
  }
}
