// A rolling restart, at its worst moment: people reconnect to an instance that has not yet read who is here.
import { expect, it } from 'vitest'
import { freePort } from '../../dev/free-port.ts'
import { connectClient } from '../clients.ts'
import { openCluster, UNLIMITED_RATE } from '../cluster.fixture.ts'
import { until } from '../until.ts'

/** One way to Redis: a restarted instance needs several of them before it knows the others. */
const REDIS_DELAY_MS = 150

it('a guest who reconnects before the new instance has read the leases is shown once', async () => {
  const cluster = await openCluster()
  const [former, other] = [await cluster.start('former'), await cluster.start('other')]
  const watcher = await cluster.guest(other.url, 'Watcher')
  const ana = await cluster.guest(former.url, 'Ana')
  await expect.poll(() => watcher.all('user-joined')).toHaveLength(1)

  const moved = new Promise((done) => void ana.socket.once('disconnect', done))
  const stopping = former.stop()
  await moved
  const slow = await cluster.way({ delayMs: REDIS_DELAY_MS })
  const port = await freePort()
  const starting = cluster.start('fresh', { redisUrl: slow.url, config: { ...UNLIMITED_RATE, port } })
  const isUp = () =>
    fetch(`http://localhost:${port}/health/live`).then(
      ({ ok }) => ok,
      () => false
    )
  await until('the fresh instance to listen', isUp)
  const again = await connectClient(`http://localhost:${port}`)
  again.emit('add-user', 'Ana')
  const login = await again.next<{ numUsers: number }>('login')
  expect(login.numUsers).toBe(2)
  await Promise.all([starting, stopping])
  await cluster.guest(other.url, 'Last')
  await expect.poll(() => watcher.all<{ username: string }>('user-joined').at(-1)?.username).toBe('Last')
  expect(watcher.all<{ username: string }>('user-joined').map(({ username }) => username)).toEqual(['Ana', 'Last'])
  expect(watcher.all('user-left')).toEqual([])
})
