// Published prices, in US dollars for a month of 30 days.
export const PRICES_READ_ON = '2026-11-20'
export const SOURCES = 'fly.io/docs/about/pricing, fly.io/docs/upstash/redis, upstash.com/docs/redis/overall/billing'
export const GB = 1_000_000_000

const priced = <Code extends string>(outPerGb: number, markups: Record<Code, number>) =>
  Object.fromEntries(Object.entries(markups).map(([code, markup]) => [code, { markup, outPerGb }])) as Record<
    Code,
    { markup: number; outPerGb: number }
  >
/** Dollars per GB that leaves Fly, and the markup on machines over Virginia. */
const regions = {
  ...priced(0.02, { ams: 1.0385, iad: 1, arn: 1.0385, cdg: 1.1346, fra: 1.1538, lhr: 1.1346 }),
  ...priced(0.02, { ewr: 1, sjc: 1.1923, ord: 1.25, dfw: 1.25, lax: 1.1995, yyz: 1.1154 }),
  ...priced(0.04, { nrt: 1.3077, gru: 1.6154, syd: 1.2692, sin: 1.2692 }),
  ...priced(0.12, { jnb: 1.3029 })
}
export type Region = keyof typeof regions
/** `--regions 3` takes the first three. */
export const regionCodes = [...new Set(['ams', 'iad', 'nrt', ...Object.keys(regions)])] as Region[]

/** One machine for a month in Virginia: a price per CPU with some memory included, and per further GB. */
const cpus = { 'shared-cpu': { dollars: 2.19, memoryMb: 256 }, performance: { dollars: 33, memoryMb: 2_048 } }
const MEMORY_DOLLARS_PER_GB = 6

/** @throws RangeError for a machine that Fly does not have */
export function machineDollars(vm: string, memoryMb: number, region: Region): number {
  const [, kind, count] = /^(shared-cpu|performance)-(\d{1,2})x$/.exec(vm) ?? []
  if (!kind) throw new RangeError(`--vm "${vm}" is unknown; Fly names machines like shared-cpu-1x or performance-2x`)
  const cpu = cpus[kind as keyof typeof cpus]
  const included = Number(count) * cpu.memoryMb
  if (memoryMb < included) throw new RangeError(`${vm} has at least ${included} MB of memory`)
  return (
    (Number(count) * cpu.dollars + ((memoryMb - included) / 1_024) * MEMORY_DOLLARS_PER_GB) * regions[region].markup
  )
}

/** @param from the regions that send equal parts of the bytes */
export const dataOutDollars = (bytes: number, from: readonly Region[]): number =>
  from.reduce((sum, region) => sum + (bytes / from.length / GB) * regions[region].outPerGb, 0)

/** GB moved (in both directions) and stored in a month. */
type RedisUse = Record<'commands' | 'moved' | 'stored' | 'readRegions', number>
const PER_COMMAND = 0.2 / 100_000
/** [dollars, GB stored, GB moved]. Fly sells the first five, Upstash all. */
const FIXED = [
  [10, 0.25, 50],
  [20, 1, 100],
  [100, 5, 500],
  [200, 10, 1_000],
  [400, 50, 5_000],
  [800, 100, 10_000],
  [1_500, 500, 20_000]
] as const

/** Dollars for a month, or null where the plan is too small. Fly publishes no price for bytes. */
export const plans: Record<string, (use: RedisUse) => number | null> = {
  'Upstash, free': ({ commands, moved, stored, readRegions }) =>
    commands <= 500_000 && moved <= 10 && stored <= 0.256 && readRegions <= 1 ? 0 : null,
  'Upstash, pay as you go': ({ commands, moved, stored }) =>
    stored > 100 ? null : commands * PER_COMMAND + Math.max(0, moved - 200) * 0.03 + Math.max(0, stored - 1) * 0.25,
  'Fly, pay as you go': ({ commands, stored }) => (stored > 10 ? null : commands * PER_COMMAND),
  'fixed price, on either': ({ moved, stored, readRegions }) => {
    const [dollars] = FIXED.find(([, maxStored, maxMoved]) => stored <= maxStored && moved <= maxMoved) ?? []
    return dollars === undefined ? null : dollars * (1 + readRegions / 2)
  }
}
