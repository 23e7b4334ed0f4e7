import { afterAll, beforeAll } from 'vitest'
import { lookInto } from '../../infra/testing/chat-server.ts'
import { startRedis, type RedisServer } from '../../infra/testing/redis-server.ts'
import { createRedisLog } from '../log/redis/redis-log.ts'
import { connectRedis } from '../redis/connection.ts'
import { createRedisReads } from './redis.ts'
import { readsContract } from './store.contract.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

let prefixes = 0

readsContract('Redis', async ({ historyLimit }) => {
  const prefix = `r${(prefixes += 1)}`
  const client = connectRedis(redis.url, { onError() {}, name: 'reads' })
  const admin = await lookInto(redis.url)
  const calls = async () => {
    const stats = await admin.sendCommand<string>(['INFO', 'commandstats'])
    return [...stats.matchAll(/^cmdstat_(?:eval|evalsha|del):calls=(\d+)/gm)].reduce((sum, [, n]) => sum + Number(n), 0)
  }
  const log = await createRedisLog({ client, prefix, historyLimit, instance: 'one' })
  return {
    log,
    reads: createRedisReads({ client, prefix }),
    async commandsOf(work) {
      const before = await calls()
      await work()
      return (await calls()) - before
    },
    async close() {
      admin.destroy()
      await log.close()
    }
  }
})
