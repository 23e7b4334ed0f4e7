// The deploy guide names nothing that isn't there. Each kind of mistake is made once, to see that it would be found.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { environmentOf, readDockerfile, type Stage } from './dockerfile.ts'
import { troubles, type Surroundings } from './guide.ts'
import { readToml } from './plain-files.ts'
import { createMetrics } from '../../../src/http/metrics.ts'

const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')
const guide = read('deploy.md')
const metrics = createMetrics()
metrics.watchConnections(() => ({}))
metrics.watchState(() => ({ ready: true, presenceStale: false, storePending: 0, unreadBytesMax: 0 }))

const surroundings: Surroundings = {
  scripts: (JSON.parse(read('../package.json')) as Pick<Surroundings, 'scripts'>).scripts,
  metrics: metrics.registry.getMetricsAsArray().map(({ name }) => name),
  dataDir: environmentOf(readDockerfile(read('Dockerfile')).at(-1) as Stage)['DATA_DIR'] ?? '',
  isFile: (path) => existsSync(join(import.meta.dirname, '../..', path))
}

test('everything that the guide names is there', () => {
  expect([...troubles(guide, surroundings)]).toEqual([])
})

test('what is to be added to fly.toml can be', () => {
  const blocks = [...guide.matchAll(/```toml\n([^]*?)```/g)].map(([, block = '']) => block)
  const [tables, values] = [
    blocks.filter((block) => block.startsWith('[')),
    blocks.filter((block) => !block.startsWith('['))
  ]
  const whole = `${read('../fly.toml').replace('[env]\n', `[env]\n${values.join('')}`)}${tables.join('')}`
  expect(tables.length * values.length).toBeGreaterThan(0)
  expect(() => readToml(whole)).not.toThrow()
})

test.each([
  ['fly auth login\n', 'fly auth login\n'.repeat(5), '11 commands are too many'],
  ['## From nothing to three regions', '## To three regions', '0 ways for 2 kinds of Redis'],
  ['`HISTORY_LIMIT`', '`HISTORY_LIMITS`', 'no variable HISTORY_LIMITS'],
  ['npm run cost', 'npm run costs', 'no script costs'],
  ['`taifas_deaf`', '`taifas_dumb`', 'no metric taifas_dumb'],
  ['fly scale count 3', 'fly scale counts 3', 'no command fly scale counts 3 --region ams,iad,nrt --max-per-region 1'],
  ['--max-per-region', '--max-in-region', 'fly scale count has no --max-in-region'],
  ['(grafana.json)', '(dashboard.json)', 'no file dashboard.json'],
  ['(#costs)', '(#prices)', 'no section prices'],
  ['destination = "/taifas/data"', 'destination = "/data"', 'a volume at /data holds nothing']
])('%j written as %j is found', (from, to, trouble) => {
  expect(guide).toContain(from)
  expect([...troubles(guide.replace(from, to), surroundings)]).toContain(trouble)
})
