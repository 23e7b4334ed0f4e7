// The dashboard and the metrics can't drift apart.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createMetrics } from '../../../src/http/metrics.ts'

const dashboard = readFileSync(join(import.meta.dirname, '../../grafana.json'), 'utf8')
/** What a histogram is told as. */
const PART = /_(bucket|sum|count)$/

test('the dashboard shows every metric of ours, and none that nobody tells', () => {
  const metrics = createMetrics()
  metrics.watchConnections(() => ({}))
  metrics.watchState(() => ({ ready: true, presenceStale: false, storePending: 0, unreadBytesMax: 0 }))
  const told = metrics.registry.getMetricsAsArray().map(({ name }) => name)
  const { panels } = JSON.parse(dashboard) as { panels: { targets: { expr: string }[] }[] }
  const shown = panels
    .flatMap(({ targets }) => targets)
    .flatMap(({ expr }) => expr.match(/\b(taifas|nodejs)_[a-z0-9_]+/g) ?? [])
    .map((name) => name.replace(PART, ''))
  expect(shown.filter((name) => !told.includes(name))).toEqual([])
  expect(told.filter((name) => name.startsWith('taifas_') && !shown.includes(name))).toEqual([])
})
