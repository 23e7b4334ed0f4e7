// The arithmetic of the bill, and how it reads. The tests beside this one measure the numbers it rests on.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { BLOCK_MS } from '../../src/bus/stream-client.ts'
import { TYPING_SENT_FAR_EVERY_MS } from '../../src/chat/typing.ts'
import { READERS_AWAY_MS } from '../../src/log/redis/scripts/append.ts'
import { RECORDS_KEPT_MS } from '../../src/log/limits.ts'
import { NAMED_PEOPLE } from '../../src/presence/lease.ts'
import { HASH_END_SET_EVERY_MS } from '../../src/presence/redis.ts'
import { settings } from '../../src/process/settings.ts'
import { WRITTEN_EVERY_MS } from '../../src/sessions/devices.ts'
import { PING_EVERY_MS } from '../../web/engine/proximity.ts'
import { TYPING_REPEAT_MS } from '../../web/engine/typing.ts'
import { readUse, table } from './cost.ts'
import { billed, estimate } from './estimate.ts'
import {
  TYPING_FAR_SECONDS,
  TYPING_REPEAT_SECONDS,
  READERS_AWAY_SECONDS,
  DEVICE_USE_HOURS,
  clientHourly,
  hourly,
  leaseBytes,
  operations,
  storedBytes
} from './measured.ts'
import { dataOutDollars, machineDollars } from './prices.ts'

const HOUR_MS = 3_600_000

const use = (...args: string[]) => readUse(args)
const bill = (...args: string[]) => estimate(use(...args))

describe('the bill', () => {
  it('counts a write once for each region and a read once', () => {
    expect([0, 1, 5].map((regions) => billed([10, 3, 0, 0], regions))).toEqual([13, 16, 28])
  })

  it('charges an idle instance one blocking read in two minutes', () => {
    expect(bill('--regions', '3').idle).toMatchObject({ commands: 3 * 30 * 24 * 30, toClients: 0 })
  })

  it('charges a message on 3 instances fewer than 12 commands, and pushes one typing event', () => {
    const commands = (messages: string) =>
      bill('--regions', '3', '--read-regions', '2', '--hours', '0', '--messages', messages).busy.commands
    const { once, each } = operations.message
    const [message, typing] = [once[0] + 3 * each[0] + once[1] * 3, 1 * 3]
    expect(commands('1000') - commands('0')).toBeCloseTo(1_000 * (message + typing))
    expect(once[0] + 3 * each[0] + once[1]).toBeLessThan(12)
  })

  it('charges 500 people in three regions as much as the guide says, less than 4 million commands and 4 GB of presence', () => {
    const { rows, busy } = bill('--regions', '3', '--people', '500', '--messages', '100000')
    const guide = readFileSync(join(import.meta.dirname, '../deploy.md'), 'utf8')
    const figures = [busy.commands / 1e6, busy.moved / 1e9].map((figure) => figure.toFixed(1))
    expect(guide).toContain(`These are ${figures[0]} million commands and ${figures[1]} GB`)
    expect(busy.commands).toBeLessThan(4_000_000)
    const presence = rows.filter(([name]) => /^people (online|join)/.test(name)).map(([, [, , up, down]]) => up + down)
    expect(presence).toHaveLength(2)
    expect(presence.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(4_000_000_000)
  })

  it.each(['regions', 'people', 'hours', 'messages', 'machines-per-region', 'rooms'])(
    'does not fall with more %s',
    (name) => {
      const total = (amount: number) => {
        const { machines, dataOut, commands, redis } = bill('--hours', '3', `--${name}`, `${amount}`).busy
        return [machines, dataOut, commands, ...redis.map(([, dollars]) => dollars ?? Infinity)]
      }
      const less = total(2)
      for (const [n, more] of total(8).entries()) expect(more).toBeGreaterThanOrEqual(less[n] ?? NaN)
    }
  )

  it('prices the smallest plan that is large enough, and none that is too small', () => {
    const { idle, busy } = bill('--people', '5000', '--messages', '1000000')
    expect([idle, busy].map(({ redis }) => new Map(redis).get('fixed price, on either'))).toEqual([10, 20])
    expect([idle, busy].map(({ redis }) => new Map(redis).get('Upstash, free'))).toEqual([0, null])
  })
})

describe('prices', () => {
  it.each([
    ['shared-cpu-1x', 256, 'iad', 2.19],
    ['shared-cpu-1x', 512, 'iad', 3.69],
    ['shared-cpu-1x', 1_024, 'fra', 7.73],
    ['shared-cpu-1x', 1_024, 'sin', 8.5],
    ['shared-cpu-2x', 2_048, 'iad', 13.39],
    ['performance-2x', 4_096, 'iad', 66]
  ] as const)('of a %s with %i MB in %s are those on Fly’s page, to two cents', (vm, memory, region, dollars) => {
    expect(Math.abs(machineDollars(vm, memory, region) - dollars)).toBeLessThan(0.025)
  })

  it('of data are those of the example on Fly’s page: 50 GB from each of three regions', () => {
    expect(dataOutDollars(150_000_000_000, ['iad', 'fra', 'sin'])).toBeCloseTo(4)
  })
})

describe('the command', () => {
  it('takes regions by number or by name', () => {
    expect(use('--regions', '2')).toMatchObject({ regions: ['ams', 'iad'] })
    expect(use('--regions', 'fra,syd,gru')).toMatchObject({ regions: ['fra', 'syd', 'gru'] })
    expect(use('--regions', 'fra')).toMatchObject({ regions: ['fra'] })
  })

  it.each([
    [['--regions', '0'], '--regions must be a number up to 17'],
    [['--regions', 'ams,atlantis'], 'or some of ams,iad,nrt'],
    [['--hours', '25'], '--hours must be a whole number from 0 to 24'],
    [['--messages', '1e3'], '--messages must be a whole number'],
    [['--cheap'], '--cheap']
  ])('says what is wrong with %j', (args, sentence) => {
    expect(() => readUse(args)).toThrow(sentence)
  })

  it.each([
    ['huge-9x', '--vm "huge-9x" is unknown'],
    ['shared-cpu-4x', 'shared-cpu-4x has at least 1024 MB of memory']
  ])('says what is wrong with the machine %s', (vm, sentence) => {
    expect(() => bill('--vm', vm)).toThrow(sentence)
  })

  it('has the defaults of fly.toml and the settings, and the intervals of pages and instances', () => {
    const toml = readFileSync(join(import.meta.dirname, '../../fly.toml'), 'utf8')
    const [, size, memory] = /\[\[vm\]\]\nsize = "(.+)"\nmemory = "(\d+)mb"/.exec(toml) ?? []
    expect(use()).toMatchObject({ vm: size, memory: Number(memory) })
    expect(`${use()['history-limit']}`).toBe(settings.HISTORY_LIMIT.default)
    expect(HOUR_MS / hourly.idleRead).toBe(BLOCK_MS)
    expect(DEVICE_USE_HOURS * HOUR_MS).toBe(WRITTEN_EVERY_MS)
    expect(READERS_AWAY_SECONDS * 1_000).toBe(READERS_AWAY_MS)
    expect(HOUR_MS / hourly.leasesEnd).toBe(HASH_END_SET_EVERY_MS)
    expect(TYPING_REPEAT_SECONDS * 1_000).toBe(TYPING_REPEAT_MS)
    expect(TYPING_FAR_SECONDS * 1_000).toBe(TYPING_SENT_FAR_EVERY_MS)
    expect(HOUR_MS / clientHourly.distance).toBe(PING_EVERY_MS)
    expect(leaseBytes.namedMax).toBe(NAMED_PEOPLE)
    expect(storedBytes.recordDays * 24 * HOUR_MS).toBe(RECORDS_KEPT_MS)
  })

  it('prints the table, the help, or one sentence with exit code 1', async () => {
    const run = (...args: string[]) =>
      promisify(execFile)(process.execPath, [join(import.meta.dirname, 'cost.ts'), ...args])
    const { stdout } = await run('--regions', '3', '--people', '500', '--messages', '100000')
    expect(stdout.trim()).toBe(table(use()))
    expect(stdout).toMatch(/^instances, idle +64,800 +0\.01 GB +0\.00 GB$/m)
    expect(stdout).toMatch(/^3 x shared-cpu-1x +\$12\.35 +\$12\.35$/m)
    expect(stdout).toMatch(/^ {2}Upstash, free +\$0\.00 +too small$/m)
    expect(stdout).toContain('Prices read on 2026-')
    expect(stdout).not.toMatch(/NaN|Infinity|undefined/)
    expect((await run('--help')).stdout).toContain('--read-regions')
    await expect(run('--people', 'many')).rejects.toMatchObject({
      code: 1,
      stderr: '--people must be a whole number from 0 to 1000000\n'
    })
  })
})
