// Two instances on one Redis, as two regions: everything the borrowed clients rely on holds across them.
import { startRedis } from '../infra/testing/redis-server.ts'
import { startTestServer, untilReady } from '../infra/testing/chat-server.ts'
import { classicContract, type Instances } from './gateway/classic.contract.ts'
import { courseContract } from './gateway/course.contract.ts'
import { nativeContract } from './gateway/native.contract.ts'

classicContract('two instances on one Redis', twoRegions)
courseContract('two instances on one Redis', twoRegions)
nativeContract('two instances on one Redis', twoRegions)

async function twoRegions(): Promise<Instances> {
  const redis = await startRedis()
  const servers = await Promise.all(
    ['waw', 'ord'].map((region) => startTestServer({ redisUrl: redis.url, instance: `test${region}`, region }))
  )
  await untilReady(...servers)
  return {
    urls: servers.map(({ url }) => url),
    async stop() {
      for (const server of servers) await server.stop()
      await redis.stop()
    }
  }
}
