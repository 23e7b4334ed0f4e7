// What a Redis tells of itself, whether it answers every question or, as hosted ones do, only some.
import { afterEach, expect, test } from 'vitest'
import { startRedis, type RedisOptions } from '../../infra/testing/redis-server.ts'
import { askRedis, connectRedis } from './redis.ts'

const NO_CONFIG = ['--rename-command', 'CONFIG', '']

const endings: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

async function open(options?: RedisOptions) {
  const server = await startRedis(options)
  const client = connectRedis(server.url, { onError() {}, name: 'a name with spaces' })
  endings.push(async () => {
    client.destroy()
    await server.stop()
  })
  return client
}

test('a Redis tells whether it may evict and whether it persists', async () => {
  const client = await open()
  expect(await askRedis(client)).toEqual({ evicts: false, persists: false })
  await client.sendCommand(['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'])
  await client.sendCommand(['CONFIG', 'SET', 'appendonly', 'yes'])
  expect(await askRedis(client)).toEqual({ evicts: true, persists: true })
  await client.sendCommand(['CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl'])
  expect(await askRedis(client)).toMatchObject({ evicts: false })
})

test('one that refuses CONFIG tells it all the same', async () => {
  const careful = await open({ aof: true, args: NO_CONFIG })
  await expect(careful.sendCommand(['CONFIG', 'GET', 'appendonly'])).rejects.toThrow('unknown command')
  expect(await askRedis(careful)).toEqual({ evicts: false, persists: true })
  const careless = await open({ args: [...NO_CONFIG, '--maxmemory-policy', 'allkeys-lfu'] })
  expect(await askRedis(careless)).toEqual({ evicts: true, persists: false })
})

test('of one that refuses both, nothing is known', async () => {
  const client = await open({ aof: true })
  await client.sendCommand(['ACL', 'SETUSER', 'default', '-config', '-info'])
  expect(await askRedis(client)).toEqual({ evicts: null, persists: null })
})
