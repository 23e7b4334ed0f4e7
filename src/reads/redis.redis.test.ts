import { useRedis } from '../../infra/testing/redis-fixture.ts'
import { createRedisLog } from '../log/redis/redis-log.ts'
import { createRedisPeople } from '../people/redis.ts'
import { createRedisReads } from './redis.ts'
import { readsContract } from './store.contract.ts'

const redis = useRedis()

readsContract('Redis', async ({ historyLimit }) => {
  const prefix = redis.newPrefix()
  const client = redis.connect()
  const admin = await redis.admin()
  const calls = async () => {
    const stats = await admin.sendCommand<string>(['INFO', 'commandstats'])
    return [...stats.matchAll(/^cmdstat_(?:eval|evalsha|del):calls=(\d+)/gm)].reduce((sum, [, n]) => sum + Number(n), 0)
  }
  const log = await createRedisLog({ client, prefix, historyLimit, instance: 'one' })
  return {
    log,
    reads: createRedisReads({ client, prefix }),
    people: createRedisPeople({ client, prefix }),
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
