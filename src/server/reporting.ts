// Connects the parts to metrics and to the operator's log.
import { logForeignHosts } from '../access/host-names.ts'
import type { GuardRefusal } from '../access/request-guard.ts'
import type { RedisBus } from '../bus/redis-bus.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { GatewayHooks } from '../gateway/metrics-hooks.ts'
import type { Metrics } from '../http/metrics.ts'
import type { Log } from '../process/logger.ts'
import type { Core } from './core.ts'
import type { ReadinessState } from './readiness.ts'

export function gatewayHooks(metrics: Metrics, log: Log): GatewayHooks {
  let hasLoggedOldClient = false
  return {
    answered(verb, result, seconds) {
      metrics.acks.inc({ verb, result })
      metrics.ackSeconds.observe({ verb }, seconds)
      if (result === 'too-fast') metrics.rateLimited.inc({ door: 'native' })
    },
    resynced: (kind) => metrics.resyncs.inc({ kind }),
    disconnected(reason) {
      metrics.disconnects.inc({ reason })
      log.debug({ reason }, 'connection closed')
    },
    clientError: () => log.debug('a client sent an error event'),
    oldClient() {
      if (hasLoggedOldClient) return
      hasLoggedOldClient = true
      log.warn('a client older than socket.io-client 3.0 was refused; update its client library')
    },
    replayed: (kind) => metrics.replays.inc({ kind }),
    slowReaderCut(bytes) {
      metrics.slowReadersCut.inc()
      log.warn({ bytes }, 'a slow reader was cut; it reconnects and catches up')
    }
  }
}

/** Counts requests that the guard refuses, and logs each unknown host name once. */
export function guardReport(metrics: Metrics, log: Log) {
  const onForeignHost = logForeignHosts(log)
  return (why: GuardRefusal, request: { headers: { host?: string | undefined } }) => {
    metrics.refusedConnections.inc({ why })
    if (why === 'host') onForeignHost(request.headers.host)
  }
}

/** Has metrics read the state of the instance at each scrape, and the bus report to them. */
export function reportState(options: {
  metrics: Metrics
  core: Pick<Core, 'people' | 'pendingCalls'>
  gateway: Gateway
  readiness: ReadinessState
  redisBus: RedisBus | null
  region: string
}) {
  const { metrics, core, gateway, readiness, redisBus, region } = options
  metrics.watchConnections(() => ({ [region]: gateway.connections() }))
  metrics.watchState(() => ({
    ready: readiness.current().ready,
    presenceStale: core.people.isStale(),
    storePending: core.pendingCalls(),
    unreadBytesMax: gateway.unreadBytesMax()
  }))
  redisBus?.onRejected((why) => metrics.busRejected.inc({ why }))
  redisBus?.onRoundTrip((seconds) => metrics.busSeconds.observe(seconds))
}
