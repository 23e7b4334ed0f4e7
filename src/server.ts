// Joins the parts into one HTTP + Socket.IO server. main.ts and the tests both use it.
import { randomUUID } from 'node:crypto'
import { getRequestListener } from '@hono/node-server'
import { createChat, type Chat } from './chat/chat.ts'
import { wallClock, type Clock } from './clock.ts'
import { costs } from './chat/costs.ts'
import { noBus } from './bus/messages.ts'
import { createRevocationList, type RevocationList } from './sessions/revocation-list.ts'
import { createPeople, type People, type PresenceTiming } from './presence/presence.ts'
import { presenceTiming as defaultTiming } from './presence/timing.ts'
import type { Config } from './process/config.ts'
import { LOBBY } from './contract.ts'
import type { RedisBus } from './bus/redis-bus.ts'
import { createAdmission } from './gateway/admission.ts'
import { drain, settled } from './gateway/drain.ts'
import { openGateway, type Gateway } from './gateway/gateway.ts'
import { createRehome, rehomeTiming, type RehomeTiming } from './gateway/rehome.ts'
import { createApp } from './http/app.ts'
import { createMetrics, openMetricsServer } from './http/metrics.ts'
import { openAssets } from './http/static.ts'
import { createIdentity } from './identity.ts'
import { logForeignHosts } from './access/host-names.ts'
import { openListener, type Listener } from './process/listener.ts'
import type { Log } from './process/logger.ts'
import { createOrigins } from './origins.ts'
import { guardRequests } from './access/request-guard.ts'
import { measureLog } from './log/measured.ts'
import type { MessageLog } from './log/message-log.ts'
import { countAnswer, createUnsentBudget } from './access/unsent.ts'
import { unsentLimits } from './access/unsent-limits.ts'
import type { PresenceStore } from './presence/store.ts'
import { createReadiness } from './server/readiness.ts'
import type { RevocationStore } from './sessions/store.ts'

/** How often the log is asked for events whose letter was lost, while somebody is here. */
const COMPARE_HEADS_EVERY_MS = 10_000
/** How long clients have for saying goodbye. One that is gone without a word would hold the close for half a minute. */
const GOODBYE_MS = 1_000
/** How long what was said last may take to be kept and told on. */
const FLUSH_WITHIN_MS = 5_000

export interface Stores {
  log: MessageLog
  presence: PresenceStore
  revocations: RevocationStore
  /** How instances write to each other; null when this process is the whole chat. */
  redisBus: RedisBus | null
}

export interface RunningServer {
  url: string
  port: number
  chat: Chat
  people: People
  revocations: RevocationList
  gateway: Gateway
  /** Closes in reverse: not ready, nobody new, people shown the way to other instances, the lease ended. The stores stay open. Takes 20 s at most. */
  close(): Promise<void>
}

/**
 * Resolves when everything is there. With a `listener` that is open already, whoever came early is let in on the way.
 * @throws the listen error (EADDRINUSE, EACCES …)
 */
export async function startServer(
  config: Config,
  stores: Stores,
  {
    log,
    listener,
    clock = wallClock,
    presenceTiming = {},
    rehomeTimings = rehomeTiming,
    webDir
  }: {
    log: Log
    listener?: Listener
    clock?: Clock
    presenceTiming?: Partial<PresenceTiming>
    rehomeTimings?: RehomeTiming
    webDir?: string
  }
): Promise<RunningServer> {
  const { redisBus } = stores
  const { instance, region, connections: limits } = config
  const { server, sockets, port, url, handOver, countSocketRefusals } = listener ?? (await openListener(config))
  const onError = (cause: unknown) => log.warn({ err: cause }, 'trouble')
  const metrics = createMetrics()
  const assets = openAssets(webDir)
  const { publicOrigin, allowedOrigins: allowed, app: flyApp } = config
  const origins = createOrigins({ publicOrigin, allowed, app: flyApp })
  const post = redisBus?.post ?? noBus
  const revocations = createRevocationList({ store: stores.revocations, post, clock, onError: onError })
  const identity = createIdentity({
    secret: config.sessionSecret,
    now: clock.now,
    moderatorToken: config.moderatorToken,
    isRevoked: revocations.isRevoked
  })

  /** Questions to the store that are not answered yet. */
  let pending = 0
  const chat = createChat({
    log: measureLog(stores.log, {
      asked: () => (pending += 1),
      answered(operation, seconds) {
        pending -= 1
        metrics.storeSeconds.observe({ operation }, seconds)
      },
      away: (operation) => metrics.storeErrors.inc({ operation })
    }),
    post,
    clock,
    roomLimit: config.roomLimit,
    rate: config.rate,
    onError,
    onRepair: (what) => (what === 'hole' ? metrics.feedRepairs : metrics.epochChanges).inc(),
    onExceeded: (budget) => metrics.budgetExceeded.inc({ budget })
  })
  const people = createPeople({
    store: stores.presence,
    post,
    clock,
    instance,
    boot: randomUUID(),
    region,
    timing: presenceTiming,
    onChange: chat.peopleChanged,
    onShared: chat.keyShared,
    onError
  })
  chat.meet(people)

  const readiness = createReadiness({ bus: redisBus, people, clock })

  const unsent = createUnsentBudget({ limits: unsentLimits(limits), clock, onCut: onSlowReaderCut })
  function onSlowReaderCut(bytes: number) {
    metrics.slowReadersCut.inc()
    log.warn({ bytes }, 'a slow reader was cut; it comes back by its cursor')
  }

  const admission = createAdmission({
    origins,
    clock,
    isOnFly: config.isOnFly,
    connectionsPerAddress: limits.perAddress,
    connectionsMax: limits.max,
    mayConnect: (address) => chat.maySpend({ person: null, address }, costs.handshake),
    onRefused: (why) => metrics.refusedConnections.inc({ why })
  })
  const app = createApp({
    chat,
    people,
    identity,
    revocations,
    clock,
    origins,
    assets,
    config,
    readiness: readiness.current,
    onModeratorAttempt: (result) => metrics.moderatorAttempts.inc({ result }),
    log,
    unsent,
    address: admission.address
  })
  const metricsServer =
    config.metricsPort === null
      ? null
      : await openMetricsServer({ port: config.metricsPort, host: config.host, metrics })

  // A health check of an old proxy may come without Host.
  const letIn = handOver(getRequestListener(app.fetch, { hostname: 'localhost' }))
  const gateway = openGateway({
    server,
    admission,
    chat,
    people,
    identity,
    revocations,
    origins,
    clock,
    presenceEveryMs: presenceTiming.toldEveryMs ?? defaultTiming.toldEveryMs,
    guestProtocols: config.guestProtocols,
    isOnFly: config.isOnFly,
    instance,
    region,
    build: assets.build,
    adapter: redisBus?.adapter ?? null,
    onError,
    hooks: {
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
      replayed: (kind) => metrics.replays.inc({ kind }),
      slowReaderCut: onSlowReaderCut
    },
    unsent
  })
  const onForeignHost = logForeignHosts(log)
  guardRequests(server, {
    origins,
    onRefused(why, request) {
      metrics.refusedConnections.inc({ why })
      if (why === 'host') onForeignHost(request.headers.host)
    }
  })
  server.prependListener('request', (request, response) => countAnswer(unsent, admission.address(request), response))
  countSocketRefusals((why) => metrics.refusedConnections.inc({ why }))
  metrics.watchConnections(() => ({ [region]: gateway.connections() }))
  metrics.watchState(() => ({
    ready: readiness.current().ready,
    presenceStale: people.stale,
    storePending: pending,
    unreadBytesMax: gateway.unreadBytesMax()
  }))
  redisBus?.onRejected((why) => metrics.busRejected.inc({ why }))
  redisBus?.onRound((seconds) => metrics.busSeconds.observe(seconds))
  const onSent = () => metrics.rehomed.inc()
  redisBus?.onRegion(createRehome({ io: gateway.io, clock, timing: rehomeTimings, region, onSent }))
  redisBus?.start(gateway.io, lookForLost)
  let stopComparing = redisBus ? clock.after(COMPARE_HEADS_EVERY_MS, compare) : () => {}
  function compare() {
    metrics.deaf.set(redisBus?.hears === false ? 1 : 0)
    if (gateway.connections() > 0) lookForLost()
    stopComparing = clock.after(COMPARE_HEADS_EVERY_MS, compare)
  }
  /** Reads from the stores what no message of the bus said. */
  function lookForLost() {
    chat.compareHeads().catch(onError)
    void revocations.refresh()
  }
  // Whoever comes before this is answered waits for it.
  void revocations.refresh()
  chat.follow(LOBBY)
  letIn()
  await people.start()
  readiness.started()

  return {
    url,
    port,
    chat,
    people,
    revocations,
    gateway,
    async close() {
      // In one turn: a health check gets either "not ready" or no connection.
      readiness.closing()
      const emptied = new Promise((done) => server.close(done))
      stopComparing()
      unsent.close()
      // Before the sockets close: the people of a closing instance have not left, they are on their way to another.
      if (redisBus) await drain({ io: gateway.io, people, clock, onError })
      const cut = setTimeout(() => sockets.forEach((wire) => wire.destroy()), GOODBYE_MS)
      await Promise.all([gateway.close(), emptied])
      clearTimeout(cut)
      await settled(clock, FLUSH_WITHIN_MS, () => pending)
      await people.close().catch(onError)
      chat.close()
      await metricsServer?.close()
    }
  }
}
