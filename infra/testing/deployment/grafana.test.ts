// The dashboard and the metrics can't drift apart.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createMetrics } from '../../../src/http/metrics.ts'

const dashboard = readFileSync(join(import.meta.dirname, '../../grafana.json'), 'utf8')
/** The names that a histogram is exposed under. */
const PART = /_(bucket|sum|count)$/

test('the dashboard shows every metric of ours, and none that is not exposed', () => {
  const metrics = createMetrics()
  metrics.watchConnections(() => ({}))
  metrics.watchState(() => ({ ready: true, presenceStale: false, storePending: 0, unreadBytesMax: 0 }))
  const exposed = metrics.registry.getMetricsAsArray().map(({ name }) => name)
  const { panels } = JSON.parse(dashboard) as { panels: { targets: { expr: string }[] }[] }
  const shown = panels
    .flatMap(({ targets }) => targets)
    .flatMap(({ expr }) => expr.match(/\b(taifas|nodejs)_[a-z0-9_]+/g) ?? [])
    .map((name) => name.replace(PART, ''))
  expect(shown.filter((name) => !exposed.includes(name))).toEqual([])
  expect(exposed.filter((name) => name.startsWith('taifas_') && !shown.includes(name))).toEqual([])
})

test.each([
  ['fly_instance_cpu_balance / 100', 'below', 5],
  ['rate(fly_instance_cpu_throttle[5m]) / 100', 'above', 0.1]
])('the dashboard draws a line where the guide alerts: %s %s %d', (expr, side, threshold) => {
  const guide = readFileSync(join(import.meta.dirname, '../../deploy.md'), 'utf8')
  expect(guide).toContain(`| \`${expr}\` ${side} ${threshold} |`)
  const { panels } = JSON.parse(dashboard) as {
    panels: { targets: { expr: string }[]; fieldConfig: { defaults: { thresholds?: { steps: object[] } } } }[]
  }
  const panel = panels.find(({ targets }) => targets.some((target) => target.expr.startsWith(expr)))
  const red = side === 'below' ? { color: 'red', value: null } : { color: 'red', value: threshold }
  expect(panel?.fieldConfig.defaults.thresholds?.steps).toContainEqual(red)
  expect(panel?.fieldConfig.defaults.thresholds?.steps).toContainEqual(expect.objectContaining({ value: threshold }))
})
