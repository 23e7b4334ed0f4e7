// Health checks: /health/live and /health/ready. Platforms call them every few seconds, so they never use a store and never check the
// Host header.
import { Hono } from 'hono'

/** `details` are for operators and public: states and numbers, no addresses and no secrets. */
export interface Readiness {
  ready: boolean
  details: Record<string, string | number | boolean | null>
}

export interface HealthOptions {
  readiness(): Readiness
  region: string
  instance: string
  build: string
}

export function health({ readiness, region, instance, build }: HealthOptions) {
  const app = new Hono()
  app.get('/live', (c) => c.json({ ok: true, region, instance, build }))
  app.get('/ready', (c) => {
    const { ready, details } = readiness()
    return c.json({ ok: ready, region, instance, build, details }, ready ? 200 : 503)
  })
  return app
}
