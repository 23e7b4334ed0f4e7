// Finds what no bus message told: bus messages may be lost with a connection or an instance, and the stores are the truth.
import type { RedisBus } from '../bus/redis-bus.ts'
import type { Clock } from '../clock.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Metrics } from '../http/metrics.ts'
import type { Core } from './core.ts'

/** How often the stores are compared while clients are connected. */
const COMPARE_EVERY_MS = 10_000

/** Starts the bus, and compares when it heals and periodically. Returns a function that stops comparing. */
export function startBus(options: {
  redisBus: RedisBus
  core: Pick<Core, 'chat' | 'revocations' | 'table'>
  gateway: Gateway
  metrics: Metrics
  clock: Clock
  onError(cause: unknown): void
}): () => void {
  const { redisBus, core, gateway, metrics, clock, onError } = options

  function compare() {
    core.chat.compareHeads().catch(onError)
    void core.revocations.refresh()
    void core.table.refresh()
  }
  function tick() {
    metrics.deaf.set(redisBus.isReceiving ? 0 : 1)
    if (gateway.connections() > 0) compare()
    stop = clock.after(COMPARE_EVERY_MS, tick)
  }

  redisBus.start(gateway.io, compare)
  let stop = clock.after(COMPARE_EVERY_MS, tick)
  return () => stop()
}
