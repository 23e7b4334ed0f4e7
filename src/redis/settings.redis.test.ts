import { afterEach, expect, test } from 'vitest'
import { startRedis, type RedisOptions } from '../../infra/testing/redis-server.ts'
import { connectRedis } from './connection.ts'
import { mayEvictMessages, readRedisSettings, remarksOn } from './settings.ts'

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

test('reports whether a Redis may evict and whether it persists', async () => {
  const client = await open()
  expect(await readRedisSettings(client)).toEqual({ evicts: false, persists: false })
  await client.sendCommand(['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'])
  await client.sendCommand(['CONFIG', 'SET', 'appendonly', 'yes'])
  expect(await readRedisSettings(client)).toEqual({ evicts: true, persists: true })
  await client.sendCommand(['CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl'])
  expect(await readRedisSettings(client)).toMatchObject({ evicts: false })
})

test('reports the same of a Redis that refuses CONFIG', async () => {
  const cautious = await open({ aof: true, args: NO_CONFIG })
  await expect(cautious.sendCommand(['CONFIG', 'GET', 'appendonly'])).rejects.toThrow('unknown command')
  expect(await readRedisSettings(cautious)).toEqual({ evicts: false, persists: true })
  const evicting = await open({ args: [...NO_CONFIG, '--maxmemory-policy', 'allkeys-lfu'] })
  expect(await readRedisSettings(evicting)).toEqual({ evicts: true, persists: false })
})

test('reports nothing of a Redis that refuses CONFIG and INFO', async () => {
  const client = await open({ aof: true })
  await client.sendCommand(['ACL', 'SETUSER', 'default', '-config', '-info'])
  expect(await readRedisSettings(client)).toEqual({ evicts: null, persists: null })
})

test('calls unknown what a hosted Redis answers with nothing, and warns of nothing', async () => {
  const client = await open()
  // As Upstash does: it knows another setting only, and has no such section.
  const sendCommand = ([name = '']: readonly string[]) =>
    client.sendCommand(name === 'CONFIG' ? [name, 'GET', 'none'] : [name, 'none'])
  const settings = await readRedisSettings({ sendCommand } as unknown as typeof client)
  expect(settings).toEqual({ evicts: null, persists: null })
  expect(remarksOn(settings)).toEqual([
    ['info', expect.stringMatching(/^Unknown: maxmemory-policy and appendonly, which this Redis does not report/)]
  ])
})

test.each([
  ['noeviction', false],
  ['volatile-lru', false],
  ['allkeys-lru', true],
  ['optimistic-volatile', true],
  ['a policy of tomorrow', true]
])('with the policy %s, messages may be evicted: %s', (policy, evicts) => expect(mayEvictMessages(policy)).toBe(evicts))
