// A region stops and starts again, behind the simulated edge: its people move away and back.
import { expect, it, onTestFinished } from 'vitest'
import { roundTripMs } from '../../infra/world/distance.ts'
import { openEdge } from '../../infra/world/edge.ts'
import { untilReady } from '../../infra/testing/chat-server.ts'
import { closeClients, connectClient, connectNative } from '../../infra/testing/clients.ts'
import { openCluster } from '../../infra/testing/cluster.fixture.ts'

it('people move back to their region when it is back', async () => {
  const cluster = await openCluster()
  const options = { config: { isOnFly: true }, rehomeTimings: { afterMs: 1_000, spreadMs: 0, quietMs: 0 } }
  const iad = await cluster.start('iad', { region: 'iad', ...options })
  const ams = await cluster.start('ams', { region: 'ams', ...options })
  await untilReady(ams, iad)
  const machines = [ams, iad].map(({ url, config: { instance: id, region } }) => ({ id, region, url }))
  const edge = await openEdge({ machines, regions: ['ams', 'iad'], roundTripMs, checkEveryMs: 200 })
  onTestFinished(async () => {
    closeClients()
    await edge.close()
  })
  const [ana, bo] = [
    await connectNative(edge.urls['ams'] ?? '', 'ana'),
    await connectNative(edge.urls['iad'] ?? '', 'bo')
  ]
  expect(await ana.next('server:hello')).toMatchObject({ region: 'ams' })
  const again = () => connectClient(edge.urls['ams'] ?? '', { transports: ['websocket'], auth: ana.socket.auth })

  await ams.close()
  const away = await again()
  expect(await away.next('server:hello')).toMatchObject({ region: 'iad' })
  const back = await cluster.start('ams', {
    region: 'ams',
    ...options,
    config: { ...options.config, port: ams.port }
  })
  await untilReady(back)
  expect(await away.next('server:moving')).toEqual({ afterMs: 0 })
  await expect.poll(() => edge.healthy('ams'), { timeout: 10_000 }).toBe(true)
  const home = await again()
  expect(await home.next('server:hello')).toMatchObject({ region: 'ams' })
  expect(bo.all('server:moving')).toEqual([])
})
