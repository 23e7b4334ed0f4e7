// Random simulations on three instances: the ways of two of them to one Redis are slow, cut and silent by turns, one ends and starts
// again, one is killed, and so is their Redis: every program converges to the log.
import { onTestFinished, test } from 'vitest'
import { TEST_SECRET, untilReady, type TestServer } from '../../infra/testing/chat-server.ts'
import { startChild } from '../../infra/testing/child.ts'
import { closeClients } from '../../infra/testing/clients.ts'
import { openCluster, UNLIMITED_RATE } from '../../infra/testing/cluster.fixture.ts'
import { simulate } from './convergence-checks.fixture.ts'
import { pause } from './convergence-run.fixture.ts'
import { dropConnections } from './server.fixture.ts'

const STEPS = 40
const RUNS = Number(process.env['RUNS'] ?? 5)
const SLOW_MS = 10
const AWAY_MS = 50

test(
  'on three instances, whatever happens, every program converges to the log',
  { timeout: RUNS * 20_000 },
  async () => {
    const cluster = await openCluster({ aof: true })
    const ways = [await cluster.way(), await cluster.way()]
    const start = (n: number, port = 0) =>
      cluster.start(`test${n}`, { redisUrl: ways[n]!.url, config: { ...UNLIMITED_RATE, port } })
    const servers: TestServer[] = [await start(0), await start(1)]
    const startDoomed = (port = '0') =>
      startChild({
        PORT: port,
        REDIS_URL: cluster.redis.url,
        SESSION_SECRET: TEST_SECRET,
        FLY_MACHINE_ID: 'doomed',
        RATE_BURST: '100000'
      })
    let doomed = await startDoomed()
    onTestFinished(() => void doomed.end('SIGKILL'))
    const way = await cluster.way({ to: doomed.url })
    await untilReady(...servers, doomed)
    // Into another process one can't reach: people there are dropped like anybody.
    const drop = (person?: string) => {
      servers.forEach((server) => dropConnections(server, person))
      way.cut()
      way.mend()
    }

    await simulate(
      {
        url: (n) => servers[n]?.url ?? way.url,
        readUrl: servers[0]!.url,
        drop,
        faults: {
          dropAll: async () => drop(),
          slowOne: async () => ways[1]!.delay(SLOW_MS),
          fastAgain: async () => ways[1]!.delay(0),
          async cutOne() {
            ways[0]!.cut()
            await pause(AWAY_MS)
            ways[0]!.mend()
          },
          async cutBoth() {
            for (const way of ways) way.cut()
            await pause(AWAY_MS)
            for (const way of ways) way.mend()
          },
          async silenceOne() {
            ways[1]!.hole()
            await pause(AWAY_MS)
            ways[1]!.mend()
          },
          /** As a deploy does: it ends in order, and another one takes its place. */
          async restartOne() {
            await servers[1]!.stop()
            servers[1] = await start(1, servers[1]!.port)
          },
          async killOne() {
            await doomed.end('SIGKILL')
            doomed = await startDoomed(new URL(doomed.url).port)
          },
          /** As a power cut does: every append was synced, so nothing that was acknowledged is gone. */
          restartRedis: () => cluster.redis.restart()
        }
      },
      { runs: RUNS, maxSteps: STEPS }
    )
    closeClients()
  }
)
