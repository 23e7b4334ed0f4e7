// The deployment guide names only commands, options, variables, metrics, files and sections that exist.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { createMetrics } from '../../../src/http/metrics.ts'
import { settings } from '../../../src/process/settings.ts'
import { imageVariables, read, readFly, ROOT } from './files.ts'

/** Getting to three regions is to stay this short. */
const COMMANDS_BELOW = 10
/** From Upstash's console, and from Fly. */
const KINDS_OF_REDIS = 2
/** Commands of `fly` and their options that the guide may use, from fly.io/docs/flyctl. */
const FLY_COMMANDS: Record<string, readonly string[]> = {
  'apps create': [],
  'auth login': [],
  'certs add': [],
  'certs check': [],
  'checks list': [],
  'config validate': ['--strict'],
  deploy: ['--ha', '--image', '--strategy'],
  logs: [],
  'machine destroy': [],
  'machine list': [],
  'machine stop': [],
  'redis create': ['--name', '--region', '--no-replicas', '--disable-eviction', '--enable-prodpack'],
  'redis dashboard': [],
  releases: ['--image'],
  'scale count': ['--region', '--max-per-region', '--yes'],
  'scale vm': [],
  'secrets import': ['--stage'],
  'secrets list': [],
  'secrets set': ['--stage'],
  'ssh console': ['--command'],
  'ssh sftp get': [],
  status: [],
  'volumes create': ['--snapshot-id', '--region', '--size'],
  'volumes destroy': [],
  'volumes list': [],
  'volumes snapshots create': [],
  'volumes snapshots list': []
}

const guide = read('infra/deploy.md')
/** A line that ends with a backslash continues in the next. */
const joined = guide.replaceAll('\\\n', '')
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found)

describe('the deployment guide', () => {
  test('leads to three regions in fewer than ten commands, with either kind of Redis', () => {
    const [, rest = ''] = joined.split('\n## From nothing to three regions\n')
    const [section = ''] = rest.split('\n## ')
    const ways = all(section, /```sh\n([^]*?)```/g).map((block) => block.split('\n').filter(Boolean).length)
    expect(ways).toHaveLength(KINDS_OF_REDIS)
    expect(Math.max(...ways)).toBeLessThan(COMMANDS_BELOW)
  })

  test('uses commands and options that fly has', () => {
    for (const command of all(joined, /(?:^|`)fly ([^`\n]+)/gm)) {
      const known = Object.keys(FLY_COMMANDS).find((name) => `${command} `.startsWith(`${name} `))
      expect([command, known]).toEqual([command, expect.any(String)])
      expect(FLY_COMMANDS[known ?? '']).toEqual(expect.arrayContaining(all(command, /(--[\w-]+)/g)))
    }
  })

  test('uses no command that waits for an answer, and none that kills a machine before it was stopped', () => {
    const commands = all(joined, /(?:^|`)fly ([^`\n]+)/gm)
    const asking = commands.filter((command) =>
      /^scale count .*--region(?!.*--yes)|^redis create (?!.*--enable-prodpack=false)/.test(command)
    )
    expect(asking).toEqual([])
    const isKilling = (command: string) => /^scale count 0|^machine destroy/.test(command)
    const killing = commands.filter((command, n) => isKilling(command) && !commands[n - 1]?.startsWith('machine stop'))
    expect([commands.some(isKilling), killing]).toEqual([true, []])
  })

  test('names variables, scripts, files and sections that exist', () => {
    const { scripts } = v.parse(
      v.object({ scripts: v.record(v.string(), v.string()) }),
      JSON.parse(read('package.json'))
    )
    const variable = /\b([A-Z]+(?:_[A-Z]+)+)\b/g
    const known = [...Object.keys(settings), ...all(read('infra/compose.yaml'), variable)]
    expect(known).toEqual(expect.arrayContaining(all(guide, variable)))
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(all(guide, /npm run ([\w-]+)/g)))
    const missing = all(guide, /\]\(([^):#]+)\)/g).filter((path) => !existsSync(join(ROOT, 'infra', path)))
    expect(missing).toEqual([])
    const anchors = all(guide, /^##+ (.+)$/gm).map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w ]/g, '')
        .replaceAll(' ', '-')
    )
    expect(anchors).toEqual(expect.arrayContaining(all(guide, /\]\(#([^)]+)\)/g)))
  })

  test('watches metrics that the chat has', () => {
    const metrics = createMetrics()
    metrics.watchConnections(() => ({}))
    metrics.watchState(() => ({ ready: true, presenceStale: false, storePending: 0, unreadBytesMax: 0 }))
    const names = metrics.registry.getMetricsAsArray().map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(all(guide, /^\| `((?:taifas|nodejs)_\w+)`/gm)))
  })

  test('puts volumes where the image keeps its data', () => {
    const folders = all(guide, /(?:destination = "|--volume taifas:)([\w/]+)/g)
    expect(new Set(folders)).toEqual(new Set([imageVariables()['DATA_DIR']]))
  })

  test('adds to fly.toml what fits into it', () => {
    const blocks = all(guide, /```toml\n([^]*?)```/g)
    const tables = blocks.filter((block) => block.startsWith('['))
    const values = blocks.filter((block) => !block.startsWith('['))
    const whole = `${read('fly.toml').replace('[env]\n', `[env]\n${values.join('')}`)}\n${tables.join('')}`
    expect([tables.length, values.length]).not.toContain(0)
    expect(() => readFly(whole)).not.toThrow()
  })
})
