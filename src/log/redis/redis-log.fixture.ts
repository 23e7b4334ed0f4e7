// A Redis for a test file, and a log in it with keys of its own for each test.
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { RESP_TYPES } from 'redis'
import { lookInto } from '../../../infra/testing/chat-server.ts'
import { startRedis, type RedisServer } from '../../../infra/testing/redis-server.ts'
import { LOBBY, newId } from '../../contract.ts'
import { connectRedis } from '../../redis/connection.ts'
import { ana, START } from '../log.fixture.ts'
import type { MessageLog } from '../message-log.ts'
import { createRedisLog, type RedisLogOptions } from './redis-log.ts'

const HISTORY = 10_000

interface State {
  redis: RedisServer
  /** Looks into Redis beside the log. */
  admin: Awaited<ReturnType<typeof lookInto>>
  prefix: string
  log: MessageLog
}

/** Registers the hooks that start and stop Redis, and open and close `log`. */
export function useRedisLog() {
  const state = {} as State
  beforeAll(async () => {
    state.redis = await startRedis({ rdb: true })
    state.admin = await lookInto(state.redis.url)
  })
  afterAll(async () => {
    state.admin.destroy()
    await state.redis.stop()
  })
  beforeEach(async () => {
    state.prefix = newId()
    state.log = await openLog(state.prefix)
  })
  afterEach(() => state.log.close())

  const command = <T>(...words: string[]) => state.admin.sendCommand<T>(words)
  const messages = async () => (await state.log.before(LOBBY, null, 500, { removed: true })).messages

  /** A log on its own connection. */
  const openLog = (prefix: string, options: Partial<RedisLogOptions> = {}, url = state.redis.url) =>
    createRedisLog({
      client: connectRedis(url, { onError() {}, name: 'log' }),
      prefix,
      instance: 'here',
      historyLimit: HISTORY,
      ...options
    })

  return Object.assign(state, {
    command,
    openLog,
    messages,
    texts: async () => (await messages()).map(({ text }) => text),
    keysUnder: (prefix: string) => command<string[]>('KEYS', `{${prefix}}:*`),
    dumpOf: (key: string) =>
      state.admin.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).sendCommand<Buffer>(['DUMP', key]),
    /** A key of the lobby. */
    key: (part: string) => `{${state.prefix}}:room:${LOBBY}:${part}`,
    send: (text: string, id = newId(), to = state.log) =>
      to.append({ room: LOBBY, id, by: ana, at: START, kind: 'sent', text }),
    remove: (message: string): Promise<unknown> =>
      state.log.append({ room: LOBBY, id: newId(), by: ana, at: START, kind: 'removed', message, asModerator: false })
  })
}
