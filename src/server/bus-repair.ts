// Finds what no bus message announced: bus messages may be lost with a connection or an instance, and the stores are the truth.
import type { RedisBus } from '../bus/redis-bus.ts'
import type { Clock } from '../clock.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Metrics } from '../http/metrics.ts'
import { END_FIELDS } from '../log/redis/keys.ts'
import type { Core } from './core.ts'

/** How often the stores are compared while clients are connected. */
const COMPARE_EVERY_MS = 10_000

/** Starts the bus, and compares when it heals and periodically. Returns a function that stops comparing. */
export function startBus(options: {
  redisBus: RedisBus
  core: Pick<Core, 'chat' | 'people' | 'revocations' | 'table'>
  gateway: Gateway
  metrics: Metrics
  clock: Clock
  onError(cause: unknown): void
}): () => void {
  const { redisBus, core, gateway, metrics, clock, onError } = options

  function readAll() {
    core.chat.compareHeads().catch(onError)
    void core.revocations.refresh()
    void core.table.refresh()
  }
  /** Reads where all stores end, with one command, and then only what is new. */
  async function compare() {
    const at = clock.now()
    const ends = await core.chat.compareHeads()
    core.revocations.compare(ends.get(END_FIELDS.revocations)?.id, at)
    core.table.compare(ends.get(END_FIELDS.table)?.id, at)
  }
  function tick() {
    stop = clock.after(COMPARE_EVERY_MS, tick)
    metrics.deaf.set(redisBus.isReceiving ? 0 : 1)
    if (gateway.connections() === 0) return
    if (core.people.understoodByAll()) compare().catch(onError)
    else readAll()
  }

  redisBus.start(gateway.io, readAll, () => (core.people.understoodByAll() ? core.people.instances() : null))
  let stop = clock.after(COMPARE_EVERY_MS, tick)
  return () => stop()
}
