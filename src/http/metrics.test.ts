import { onTestFinished, expect, test } from 'vitest'
import { createMetrics, openMetricsServer } from './metrics.ts'

async function serve() {
  const metrics = createMetrics()
  const server = await openMetricsServer({ port: 0, host: '127.0.0.1', metrics })
  onTestFinished(server.close)
  const ask = async (path: string, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method })
  return { metrics, server, ask, scrape: async () => (await ask('/metrics')).text() }
}

test('metrics contain what was counted', async () => {
  const { metrics, scrape } = await serve()
  metrics.acks.inc({ verb: 'message:send', result: 'ok' })
  metrics.acks.inc({ verb: 'message:send', result: 'too-fast' }, 2)
  metrics.ackSeconds.observe({ verb: 'message:send' }, 0.003)
  metrics.slowReadersCut.inc()
  metrics.deaf.set(1)
  const text = await scrape()
  for (const line of [
    'taifas_acks_total{verb="message:send",result="ok"} 1',
    'taifas_acks_total{verb="message:send",result="too-fast"} 2',
    'taifas_ack_seconds_bucket{le="0.005",verb="message:send"} 1',
    'taifas_ack_seconds_bucket{le="0.0025",verb="message:send"} 0',
    'taifas_slow_readers_cut_total 1',
    'taifas_deaf 1'
  ])
    expect(text.split('\n')).toContain(line)
  expect(text).toContain('nodejs_eventloop_lag_p99_seconds')
})

test('connections are read at each scrape, and a region without any disappears', async () => {
  const { metrics, scrape } = await serve()
  let here: Record<string, number> = { waw: 3, ord: 1 }
  metrics.watchConnections(() => here)
  expect(await scrape()).toContain('taifas_connections{region="ord"} 1')
  here = { waw: 2 }
  const text = await scrape()
  expect(text).toContain('taifas_connections{region="waw"} 2')
  expect(text).not.toContain('region="ord"')
})

test('the state of the instance is read at each scrape', async () => {
  const { metrics, scrape } = await serve()
  const state = { ready: true, presenceStale: false, storePending: 2, unreadBytesMax: 1_000 }
  metrics.watchState(() => state)
  expect(await scrape()).toMatch(/^taifas_ready 1$/m)
  state.ready = false
  state.presenceStale = true
  const text = await scrape()
  for (const line of ['ready 0', 'presence_stale 1', 'store_pending 2', 'unread_bytes_max 1000'])
    expect(text.split('\n')).toContain(`taifas_${line}`)
})

test('two servers in one process don’t share numbers', async () => {
  const [one, two] = [await serve(), await serve()]
  one.metrics.feedRepairs.inc()
  expect(await one.scrape()).toContain('taifas_tail_repairs_total 1')
  expect(await two.scrape()).toContain('taifas_tail_repairs_total 0')
})

test('every other path is 404', async () => {
  const { ask } = await serve()
  expect((await ask('/metrics')).headers.get('content-type')).toContain('text/plain')
  for (const path of ['/', '/metrics/', '/metrics?x', '/api/messages']) expect((await ask(path)).status).toBe(404)
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect((await ask('/metrics', method)).status).toBe(404)
})

test('a port in use is an error', async () => {
  const { server, metrics } = await serve()
  await expect(openMetricsServer({ port: server.port, host: '127.0.0.1', metrics })).rejects.toMatchObject({
    code: 'EADDRINUSE'
  })
})
