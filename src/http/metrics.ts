// Metrics, and the server for Prometheus on its own port. The public port never shows them.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/** From one round trip inside a region to one around the Earth, and to what people call broken. */
const LATENCY_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** The lag of the event loop includes it. By default it gives an idle process something to do a hundred times a second. */
const LAG_LOOKED_EVERY_MS = 50
const REQUEST_WITHIN_MS = 5_000
/** With Node's default of 30 s the limit of 5 s could take 35 s. */
const CHECK_EVERY_MS = 1_000

/** The state of an instance, read at each scrape. */
export interface InstanceState {
  ready: boolean
  presenceStale: boolean
  storePending: number
  unreadBytesMax: number
}

export type Metrics = ReturnType<typeof createMetrics>

/**
 * The instruments, on a registry of their own: two servers in one process don't share numbers. Label values come from closed lists
 * and are never names, ids or addresses.
 */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  // Event loop lag, memory, garbage collection and others.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_LOOKED_EVERY_MS })

  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name: `taifas_${name}`, help, labelNames, registers })
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge({ name: `taifas_${name}`, help, labelNames, registers })
  const latency = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Histogram({ name: `taifas_${name}`, help, labelNames, buckets: LATENCY_SECONDS, registers })
  /** A gauge that is read at each scrape. */
  const readGauge = (name: string, help: string, label: string) => (read: () => Record<string, number>) =>
    new Gauge({
      name: `taifas_${name}`,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset()
        for (const [value, count] of Object.entries(read())) this.set({ [label]: value }, count)
      }
    })

  return {
    registry,
    /** Call it once with a function that counts open connections by region. */
    watchConnections: readGauge('connections', 'Open connections', 'region'),
    refusedConnections: counter('refused_connections_total', 'Connections refused or closed by a limit', 'why'),
    disconnects: counter('disconnects_total', 'Connections that ended', 'reason'),
    replays: counter(
      'replays_total',
      'Requests sent on to the instance they belong to; kind is request or upgrade',
      'kind'
    ),
    rehomed: counter('sent_home_total', 'People asked to move because their own region is back'),
    slowReadersCut: counter('slow_readers_cut_total', 'Connections closed because they did not read what was sent'),
    moderatorAttempts: counter(
      'moderator_attempts_total',
      'Sign-ins with a moderator token; result is ok, wrong or too-fast',
      'result'
    ),
    acks: counter('acks_total', 'Verbs answered; result is ok or the reason of the refusal', 'verb', 'result'),
    ackSeconds: latency('ack_seconds', 'Seconds from an event to its acknowledgement', 'verb'),
    storeSeconds: latency('store_seconds', 'Seconds of one store call', 'operation'),
    storeErrors: counter('store_trouble_total', 'Store calls without an answer', 'operation'),
    rateLimited: counter('rate_limited_total', 'Events refused as too fast', 'door'),
    budgetExceeded: counter(
      'budget_exceeded_total',
      'Operations refused by the rate limit; budget is connection, person, address, strangers or process',
      'budget'
    ),
    resyncs: counter('resyncs_total', 'Clients that asked for what they missed; kind is events or fresh', 'kind'),
    feedRepairs: counter(
      'tail_repairs_total',
      'Gaps in a room feed that were read from the log because bus messages were lost'
    ),
    epochChanges: counter('epoch_changes_total', 'Logs found without their newest events and given a new epoch'),
    busSeconds: latency('letter_seconds', 'Seconds from publishing a bus message to receiving it back'),
    busRejected: counter(
      'bus_rejected_total',
      'Bus messages that were not applied; why is foreign, undecryptable, old or repeated',
      'why'
    ),
    deaf: gauge('deaf', '1 while own bus messages do not come back'),
    /** Call it once with a function that returns the instance's current state. */
    watchState(read: () => InstanceState) {
      const stateGauge = (name: string, help: string, value: (state: InstanceState) => number) =>
        new Gauge({
          name: `taifas_${name}`,
          help,
          registers,
          collect() {
            this.set(value(read()))
          }
        })
      stateGauge('ready', '1 while the instance is ready for visitors', ({ ready }) => Number(ready))
      stateGauge('presence_stale', '1 while the presence view may be out of date', ({ presenceStale }) =>
        Number(presenceStale)
      )
      stateGauge('store_pending', 'Store calls without an answer yet', ({ storePending }) => storePending)
      stateGauge('unread_bytes_max', 'Bytes that wait for the slowest reader', ({ unreadBytesMax }) => unreadBytesMax)
    }
  }
}

/**
 * Serves GET /metrics and nothing else. Port 0 takes any free one; `host` null listens on all addresses.
 * @throws the listen error
 */
export async function openMetricsServer(options: {
  port: number
  host: string | null
  metrics: Pick<Metrics, 'registry'>
}): Promise<{ port: number; close(): Promise<void> }> {
  const { registry } = options.metrics
  const timeouts = {
    headersTimeout: REQUEST_WITHIN_MS,
    requestTimeout: REQUEST_WITHIN_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS
  }
  const server = createServer(timeouts, (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end()
    )
  })
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    server.listen({ port: options.port, ...(options.host !== null && { host: options.host }) }, done)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      })
  }
}
