// The arithmetic of the bill, and how it reads. What its numbers rest on is measured in cost.redis.test.ts.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readUse } from './cost.ts'
import { estimate, type Month } from './estimate.ts'
import { hourly, inLease, kept, sent, toClientHourly, TYPING_SAID_EVERY_SECONDS } from './measured.ts'
import { billed, type Use } from './parts.ts'
import { dataOutDollars, machineDollars, plans } from './prices.ts'
import { writeBill } from './table.ts'
import { BLOCK_MS } from '../../src/bus/stream-client.ts'
import { settings } from '../../src/process/settings.ts'
import { RECORDS_KEPT_MS } from '../../src/log/limits.ts'
import { NAMED_PEOPLE } from '../../src/presence/store.ts'
import { ASKED_EVERY_MS } from '../../web/engine/proximity.ts'
import { TYPING_SAID_EVERY_MS } from '../../web/engine/typing.ts'

const AN_HOUR_MS = 3_600_000

function use(...args: string[]): Use {
  const read = readUse(args)
  if (read === 'help') throw new Error('help')
  return read
}
const bill = (...args: string[]) => estimate(use(...args))
const offer = (month: Month, kind: string) => month.offers.find(({ plan }) => plan.kind === kind)

describe('the bill', () => {
  it('counts a command that writes once for each region, one that reads once', () => {
    const asked = { reads: 10, writes: 3, up: 0, down: 0 }
    expect([0, 1, 5].map((regions) => billed(asked, regions))).toEqual([13, 16, 28])
  })

  it('of instances with nobody is for listening alone, once a minute each', () => {
    const { idle } = bill('--regions', '3', '--people', '500')
    expect(idle.commands).toBe(3 * 30 * 24 * 60)
    expect(idle.parts.map(({ what }) => what)).toEqual(['instances listen'])
    expect(idle.toPeople).toBe(0)
  })

  it('has for each message what was counted: 15 that read and 13 that write on 3 instances, and three words of typing', () => {
    const ofMessages = (messages: string) =>
      bill('--regions', '3', '--read-regions', '2', '--messages', messages).busy.commands
    const message = 15 + 13 * 3
    const typing = 3 + 1 * 3
    expect(ofMessages('1000') - ofMessages('0')).toBe(1_000 * (message + 3 * typing))
  })

  it('of more is never a smaller one', () => {
    const base = { regions: 2, people: 50, hours: 3, messages: 5_000, 'machines-per-region': 1, rooms: 3 }
    const cost = (change: Partial<typeof base>) =>
      bill(...Object.entries({ ...base, ...change }).flatMap(([name, value]) => [`--${name}`, `${value}`])).busy
    for (const name of Object.keys(base) as (keyof typeof base)[]) {
      const [less, more] = [cost({}), cost({ [name]: base[name] * 4 })]
      expect([name, more.dollars >= less.dollars, more.commands >= less.commands]).toEqual([name, true, true])
    }
  })

  it('names the smallest size that carries a month, and why one doesn’t', () => {
    const { idle, busy } = bill('--people', '3000', '--messages', '1000000')
    expect(offer(idle, 'Upstash, fixed')?.plan.size).toBe('250 MB')
    expect(offer(busy, 'Upstash, fixed')?.plan.size).toBe('5 GB')
    expect(offer(busy, 'Upstash, free')).toMatchObject({ dollars: null, because: 'too many commands' })
    const prices = busy.offers.flatMap(({ dollars }) => (dollars === null ? [] : [dollars]))
    expect(busy.cheapest.dollars).toBe(Math.min(...prices))
    expect(busy.dollars).toBeCloseTo(busy.machineDollars + busy.dataOutDollars + busy.cheapest.dollars)
  })

  it('says what the free commands are enough for', () => {
    const { idle, free } = bill('--regions', '3')
    const left = 500_000 - idle.commands
    const [message, typing] = [15 + 13, 3 + 1]
    expect(free.messages).toBe(Math.floor(left / (message + 3 * typing)))
    expect(offer(idle, 'Upstash, free')).toMatchObject({ dollars: 0 })
    const many = bill('--regions', '3', '--machines-per-region', '4')
    expect(many.free).toEqual({ messages: 0, hours: 0 })
    expect(offer(many.idle, 'Upstash, free')).toMatchObject({ dollars: null })
  })
})

describe('prices', () => {
  it('of machines are those of the examples on Fly’s page, to the cent or two', () => {
    const examples: [vm: string, memoryMb: number, region: 'iad' | 'fra' | 'sin', dollars: number][] = [
      ['shared-cpu-1x', 256, 'iad', 2.19],
      ['shared-cpu-1x', 512, 'iad', 3.69],
      ['shared-cpu-1x', 1_024, 'iad', 6.7],
      ['shared-cpu-1x', 1_024, 'fra', 7.73],
      ['shared-cpu-1x', 1_024, 'sin', 8.5],
      ['shared-cpu-2x', 2_048, 'iad', 13.39],
      ['performance-1x', 2_048, 'iad', 33],
      ['performance-2x', 4_096, 'iad', 66]
    ]
    for (const [vm, memory, region, dollars] of examples)
      expect(Math.abs(machineDollars(vm, memory, region) - dollars)).toBeLessThan(0.025)
  })

  it('of data are those of the example on Fly’s page: 50 GB from each of three regions', () => {
    expect(dataOutDollars(150_000_000_000, ['iad', 'fra', 'sin'])).toBeCloseTo(4)
  })

  it('are there for both kinds of hosted Redis, by command and fixed', () => {
    expect([...new Set(plans.map(({ kind }) => kind))]).toEqual([
      'Upstash, free',
      'Upstash, pay as you go',
      'Upstash, fixed',
      'Fly, pay as you go',
      'Fly, fixed'
    ])
  })
})

describe('the program', () => {
  it('takes regions by number or by name, and one read region less', () => {
    expect(use('--regions', '2')).toMatchObject({ regions: ['ams', 'iad'], readRegions: 0 })
    expect(use('--regions', 'fra,syd,gru')).toMatchObject({ regions: ['fra', 'syd', 'gru'] })
    expect(use('--regions', '3', '--read-regions', '2').readRegions).toBe(2)
  })

  it.each([
    [['--regions', '0'], '--regions must be a number up to 17'],
    [['--regions', 'ams,atlantis'], 'or some of ams,iad,nrt'],
    [['--people', '-1'], '--people'],
    [['--hours', '25'], '--hours must be a whole number from 0 to 24'],
    [['--messages', '1e3'], '--messages must be a whole number'],
    [['--cheap'], '--cheap']
  ])('says what is wrong with %j', (args, sentence) => {
    expect(() => readUse(args)).toThrow(sentence)
  })

  it('knows Fly’s machines', () => {
    expect(() => bill('--vm', 'huge-9x')).toThrow('"huge-9x" is no machine of Fly')
    expect(() => bill('--vm', 'shared-cpu-4x')).toThrow('shared-cpu-4x has 1024 MB of memory at least')
  })

  it('takes for granted what fly.toml and the settings say, and what pages and instances do', () => {
    const toml = readFileSync(join(import.meta.dirname, '../../fly.toml'), 'utf8')
    const [, size, memory] = /\[\[vm\]\]\nsize = "(.+)"\nmemory = "(\d+)mb"/.exec(toml) ?? []
    expect(use()).toMatchObject({ vm: size, memoryMb: Number(memory) })
    expect(`${use().historyLimit}`).toBe(settings.HISTORY_LIMIT.default)
    expect(AN_HOUR_MS / hourly.listening).toBe(BLOCK_MS)
    expect(TYPING_SAID_EVERY_SECONDS * 1_000).toBe(TYPING_SAID_EVERY_MS)
    expect(AN_HOUR_MS / toClientHourly.distance).toBe(ASKED_EVERY_MS)
    expect([inLease.namedMost, sent.namedMost]).toEqual([NAMED_PEOPLE, NAMED_PEOPLE])
    expect(kept.recordDays * 24 * AN_HOUR_MS).toBe(RECORDS_KEPT_MS)
  })

  it('prints it all in lines that people can read', () => {
    const text = writeBill(bill())
    for (const { kind } of plans) expect(text).toContain(`  ${kind} `)
    expect(text).toMatch(/^idle: nobody is here +129,600 +0\.02 GB +0\.00 GB$/m)
    expect(text).toMatch(/^3 machines +\$12\.35 +\$12\.35$/m)
    expect(text).toMatch(/^with the cheapest that fits +\$12\.35 +\$\d+\.\d\d {3}Upstash, free; Upstash, /m)
    expect(text).toContain('Of the 500,000 free commands')
    expect(text).toContain('written down on 2026-')
    expect(text).not.toMatch(/NaN|Infinity|undefined/)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  })

  it('runs as it stands, and ends with a sentence when it can’t', async () => {
    const run = (...args: string[]) =>
      promisify(execFile)(process.execPath, [join(import.meta.dirname, 'cost.ts'), ...args])
    expect((await run('--regions', '3', '--people', '500', '--messages', '100000')).stdout.trim()).toBe(
      writeBill(bill())
    )
    expect((await run('--help')).stdout).toContain('--read-regions')
    await expect(run('--people', 'many')).rejects.toMatchObject({
      code: 1,
      stderr: '--people must be a whole number from 0 to 1000000\n'
    })
  })
})
