// Joins the parts into one HTTP + Socket.IO server. main.ts and the tests both use it.
import { logIgnoredProxies, logRefusedOrigins } from './access/host-names.ts'
import { createProxies } from './access/proxies.ts'
import { guardRequests } from './access/request-guard.ts'
import { unsentLimits } from './access/unsent-limits.ts'
import { countAnswer, createUnsentBudget } from './access/unsent.ts'
import type { Chat } from './chat/chat.ts'
import { costs } from './chat/costs.ts'
import { wallClock, type Clock } from './clock.ts'
import { LOBBY } from './contract.ts'
import { createAdmission } from './gateway/admission.ts'
import { drain, settled } from './gateway/drain.ts'
import { openGateway, type Gateway } from './gateway/gateway.ts'
import { createRehome, rehomeTiming, type RehomeTiming } from './gateway/rehome.ts'
import { createApp } from './http/app.ts'
import { createMetrics, openMetricsServer } from './http/metrics.ts'
import { openAssets } from './http/static.ts'
import { createOrigins } from './origins.ts'
import type { People, PresenceTiming } from './presence/presence.ts'
import type { WebPushOptions } from './alerts/web-push.ts'
import { presenceTiming as defaultTiming } from './presence/timing.ts'
import type { Config } from './process/config.ts'
import { openListener, type Listener } from './process/listener.ts'
import type { Log } from './process/logger.ts'
import { answerWith } from './server/answering.ts'
import { startBus } from './server/bus-repair.ts'
import { createCore } from './server/core.ts'
import { offerOwnerLink, originOf } from './server/owner-offer.ts'
import { createErrorReport } from './server/error-report.ts'
import { createReadiness } from './server/readiness.ts'
import { gatewayHooks, guardReport, reportState } from './server/reporting.ts'
import type { Stores } from './server/stores.ts'
import type { SharedTable } from './people/shared-table.ts'
import type { OwnerLink } from './people/owner-link.ts'
import type { Standings } from './people/standings.ts'
import type { Devices } from './sessions/devices.ts'
import type { RevocationList } from './sessions/revocation-list.ts'

/** Clients have this long to close their connections. One that is gone would otherwise delay the shutdown by half a minute. */
const DISCONNECT_WITHIN_MS = 1_000
/** The last operations have this long to be stored and published. */
const FLUSH_WITHIN_MS = 5_000

export interface ServerOptions {
  log: Log
  /** Open already; requests that wait in it are answered once everything is ready. */
  listener?: Listener
  clock?: Clock
  presenceTiming?: Partial<PresenceTiming>
  webPush?: Partial<WebPushOptions> | undefined
  rehomeTimings?: RehomeTiming
  webDir?: string
}

export interface RunningServer {
  url: string
  port: number
  chat: Chat
  people: People
  revocations: RevocationList
  devices: Devices
  table: SharedTable
  standings: Standings
  ownerLink: OwnerLink
  gateway: Gateway
  /** Method and path of every HTTP route, like `GET /api/rooms/:room/messages`. */
  routes: string[]
  /**
   * Shuts down in reverse: not ready, no new connections, people moved to other instances, the lease ended. The stores stay open.
   * Takes 26 s at most.
   */
  close(): Promise<void>
}

/**
 * Resolves when the server is ready.
 * @throws the listen error (EADDRINUSE, EACCES …)
 */
export async function startServer(config: Config, stores: Stores, options: ServerOptions): Promise<RunningServer> {
  const { log, clock = wallClock, presenceTiming = {}, rehomeTimings = rehomeTiming, webDir } = options
  const { redisBus, redisOutage, embedded } = stores
  const { region, connections: limits, publicOrigin, allowedOrigins: allowed, app: flyApp } = config
  const { server, sockets, port, url, handOver, countSocketRefusals } = options.listener ?? (await openListener(config))
  const errors = createErrorReport(log, clock, embedded, redisOutage)
  const { onError, onStoreAnswer } = errors
  const metrics = createMetrics()
  const assets = openAssets(webDir)
  const origins = createOrigins({ publicOrigin, allowed, app: flyApp, onRefused: logRefusedOrigins(log) })
  const proxies = createProxies(config, logIgnoredProxies(log))
  const core = createCore({
    config,
    stores,
    metrics,
    clock,
    presenceTiming,
    webPush: options.webPush,
    onError,
    onStoreAnswer
  })
  const { chat, people, revocations, table, standings } = core
  const readiness = createReadiness({ bus: redisBus, people, clock, store: errors.storeState })
  const hooks = gatewayHooks(metrics, log)
  const unsent = createUnsentBudget({ limits: unsentLimits(limits), clock, onCut: hooks.slowReaderCut })
  const admission = createAdmission({
    origins,
    clock,
    proxies,
    connectionsPerAddress: limits.perAddress,
    connectionsMax: limits.max,
    mayConnect: (address) => chat.maySpend({ person: null, address }, costs.handshake),
    onRefused: (why) => metrics.refusedConnections.inc({ why })
  })
  const app = createApp({
    ...core,
    clock,
    origins,
    assets,
    config,
    readiness: readiness.current,
    onModeratorAttempt: (result) => metrics.moderatorAttempts.inc({ result }),
    log,
    unsent,
    proxies
  })
  const metricsServer =
    config.metricsPort === null
      ? null
      : await openMetricsServer({ port: config.metricsPort, host: config.metricsHost, metrics })

  const answerWaiting = handOver(answerWith(app.fetch))
  const presenceStart = Promise.withResolvers<void>()
  const gateway = openGateway({
    ...config,
    ...core,
    server,
    admission,
    proxies,
    clock,
    presenceEveryMs: presenceTiming.announceEveryMs ?? defaultTiming.announceEveryMs,
    build: assets.build,
    presenceStarted: presenceStart.promise,
    adapter: redisBus?.adapter ?? null,
    onError,
    hooks,
    unsent
  })
  guardRequests(server, { origins, publicOrigin, proxies, onRefused: guardReport(metrics, log) })
  server.prependListener('request', (request, response) => countAnswer(unsent, proxies.addressOf(request), response))
  countSocketRefusals((why) => metrics.refusedConnections.inc({ why }))
  reportState({ metrics, core, gateway, readiness, redisBus, region })
  const onSent = () => metrics.rehomed.inc()
  redisBus?.onRegion(createRehome({ io: gateway.io, clock, timing: rehomeTimings, region, onSent }))
  const stopComparing = redisBus ? startBus({ redisBus, core, gateway, metrics, clock, onError }) : () => {}
  // Requests that come before this is answered wait for it.
  void revocations.refresh()
  void table.refresh()
  chat.follow(LOBBY)
  answerWaiting()
  await people.start()
  presenceStart.resolve()
  const stopOffering = offerOwnerLink({ ownerLink: core.ownerLink, origin: originOf({ ...config, port }), clock, log })
  readiness.started()

  return {
    url,
    port,
    chat,
    people,
    revocations,
    devices: core.devices,
    table,
    standings,
    ownerLink: core.ownerLink,
    gateway,
    // Guards and middleware are entries of their own.
    routes: [
      ...new Set(app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`))
    ],
    async close() {
      // In one turn: a health check gets either "not ready" or no connection.
      readiness.closing()
      const emptied = new Promise((done) => server.close(done))
      stopComparing()
      stopOffering()
      unsent.close()
      // Before the sockets close: the people of a closing instance have not left, they are moving to another.
      if (redisBus) await drain({ io: gateway.io, people, chat, clock, onError })
      const cut = setTimeout(() => sockets.forEach((socket) => socket.destroy()), DISCONNECT_WITHIN_MS)
      await Promise.all([gateway.close(), emptied])
      clearTimeout(cut)
      await settled(clock, FLUSH_WITHIN_MS, core.pendingCalls)
      await people.close().catch(onError)
      await chat.close()
      errors.close()
      await metricsServer?.close()
    }
  }
}
