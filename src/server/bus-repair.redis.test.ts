import { expect, test } from 'vitest'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { startRedis } from '../../infra/testing/redis-server.ts'
import { noBus } from '../bus/messages.ts'
import { createRedisLog } from '../log/redis/redis-log.ts'
import { END_FIELDS } from '../log/redis/keys.ts'
import { createSharedTable } from '../people/shared-table.ts'
import { createRedisTable } from '../people/table-redis.ts'
import { connectRedis } from '../redis/connection.ts'
import { createRedisRevocations } from '../sessions/redis.ts'
import { ALL_TOKENS, createRevocationList } from '../sessions/revocation-list.ts'

test('the heads of rooms show an instance what it has missed of sessions that ended and of the shared table', async () => {
  const redis = await startRedis()
  const instance = async () => {
    const client = connectRedis(redis.url, { onError() {}, name: 'ends' })
    const clock = standingClock()
    const parts = { bus: noBus, clock, onError() {} }
    const log = await createRedisLog({ client, prefix: 'ends', instance: 'one', historyLimit: 100 })
    const revocations = createRevocationList({ store: createRedisRevocations({ client, prefix: 'ends' }), ...parts })
    const table = createSharedTable({ store: createRedisTable({ client, prefix: 'ends' }), ...parts })
    await Promise.all([revocations.refresh(), table.refresh()])
    return { log, revocations, table, clock }
  }
  const [one, two] = [await instance(), await instance()]
  for (const time of [1, 2]) {
    await one.revocations.revoke({ session: `session ${time}`, before: ALL_TOKENS })
    await one.table.transact((records) => records.put(`record:${time}`, { time }))
    const ends = await two.log.heads()
    two.revocations.compare(ends.get(END_FIELDS.revocations)?.id, two.clock.now())
    two.table.compare(ends.get(END_FIELDS.table)?.id, two.clock.now())
    await expect.poll(() => two.revocations.revokedBefore(`session ${time}`)).toBe(ALL_TOKENS)
    await expect.poll(() => two.table.get(`record:${time}`)).toEqual({ time })
  }
  await Promise.all([one.log.close(), two.log.close()])
  await redis.stop()
})
