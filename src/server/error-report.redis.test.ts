// What an operator reads while a real Redis answers but stores nothing.
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../infra/testing/redis-server.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { LOBBY, newId } from '../contract.ts'
import { measureLog } from '../log/measured.ts'
import { createRedisLog } from '../log/redis/redis-log.ts'
import { createLog } from '../process/logger.ts'
import { connectRedis } from '../redis/connection.ts'
import { createErrorReport } from './error-report.ts'

test('a full Redis is one line a minute that says so, though it answers reads meanwhile', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const client = connectRedis(redis.url, { onError() {}, name: 'test' })
  const lines: string[] = []
  const clock = standingClock()
  const write = (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg)
  const operatorLog = createLog({ logLevel: 'info', region: 'waw', instance: 'one' }, { write })
  const report = createErrorReport(operatorLog, clock, null)
  const stored = await createRedisLog({ client, prefix: 'taifas', instance: 'one', historyLimit: 100 })
  onTestFinished(() => stored.close())
  const log = measureLog(stored, {
    called() {},
    answered: (_, __, ok) => ok && report.onStoreAnswer(),
    failed: (_, cause) => report.onError(cause)
  })
  const send = () =>
    log.append({ kind: 'sent', room: LOBBY, id: newId(), by: { id: 'ana', name: 'Ana' }, at: 1, text: 'Hello' })

  await log.rooms()
  await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '1mb'])
  for (let n = 0; n < 3; n += 1) {
    await expect(send()).rejects.toThrow('Redis could not execute')
    await log.heads()
  }
  expect(lines).toEqual([
    "Redis is full and stores nothing (OOM command not allowed when used memory > 'maxmemory'). Messages wait: give it more memory."
  ])
  await clock.advance(60_000)
  await expect(send()).rejects.toThrow('Redis could not execute')
  expect(lines).toHaveLength(2)
})
