// Decides whether this instance is ready for visitors: /health/ready and the metric of the same name.
import type { RedisBus } from '../bus/redis-bus.ts'
import type { Clock } from '../clock.ts'
import type { Readiness } from '../http/health.ts'
import type { People } from '../presence/presence.ts'
import type { ErrorReport } from './error-report.ts'

/** An instance that reaches Redis is ready after this time even without its own bus message: an outage must not block deploys. */
export const BUS_WITHIN_MS = 10_000

export interface ReadinessOptions {
  /** Null when this process is the whole chat. */
  bus: Pick<RedisBus, 'isReceiving' | 'reachedAt'> | null
  people: Pick<People, 'isStale'>
  clock: Pick<Clock, 'now'>
  store(): ReturnType<ErrorReport['storeState']>
}

export interface ReadinessState {
  started(): void
  closing(): void
  /** Reads the state and changes nothing. */
  current(): Readiness
}

/** Starting until `started`, and never ready again after `closing`. */
export function createReadiness({ bus, people, clock, store }: ReadinessOptions): ReadinessState {
  let state: 'starting' | 'serving' | 'closing' = 'starting'
  const awaitsBus = () =>
    bus !== null && !bus.isReceiving && bus.reachedAt !== null && clock.now() - bus.reachedAt < BUS_WITHIN_MS

  return {
    started() {
      if (state === 'starting') state = 'serving'
    },
    closing() {
      state = 'closing'
    },
    current: () => ({
      ready: state === 'serving' && !awaitsBus() && store() === 'ok',
      details: {
        closing: state === 'closing',
        hears: bus?.isReceiving ?? true,
        store: store(),
        presence: people.isStale() ? 'stale' : 'fresh'
      }
    })
  }
}
