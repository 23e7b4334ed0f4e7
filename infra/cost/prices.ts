// What others ask for: published prices, in US dollars a month of 30 days. They change; the date says how old these are.

export const PRICES_READ_ON = '2026-11-20'
export const sources = [
  'machines, and data out of Fly: "Fly.io Resource Pricing", fly.io/docs/about/pricing, and its prices by region',
  'Redis of `fly redis create`: "Upstash for Redis", fly.io/docs/upstash/redis',
  'Redis of upstash.com: "Pricing & Billing", upstash.com/docs/redis/overall/billing'
]
/** How commands inside of scripts are billed; nothing else was found on it. */
export const SCRIPTS_COUNT =
  'The billing page doesn’t say so, but "Costs" of Upstash’s rate limiter does, upstash.com/docs/redis/sdks/ratelimit-ts/costs.'

const GB = 1_000_000_000

/** A machine that runs all month in Virginia: for each CPU with the memory that comes with it, and for each GB beyond. */
const cpus = { shared: { dollars: 2.19, memoryMb: 256 }, performance: { dollars: 33, memoryMb: 2_048 } }
const MEMORY_DOLLARS_PER_GB = 6
const VM = /^(shared-cpu|performance)-(\d{1,2})x$/

/** Dollars for each GB that leaves Fly, to people and to Redis alike. What comes in is free. */
const dataOut = { near: 0.02, far: 0.04, farthest: 0.12 }

/** Where Fly runs machines, the first ones first to be taken: how much dearer than in Virginia, and where data leaves from. */
const regions = {
  ams: { markup: 1.038461538, out: dataOut.near },
  iad: { markup: 1, out: dataOut.near },
  nrt: { markup: 1.307692308, out: dataOut.far },
  gru: { markup: 1.615384615, out: dataOut.far },
  syd: { markup: 1.269230769, out: dataOut.far },
  jnb: { markup: 1.302884615, out: dataOut.farthest },
  sin: { markup: 1.269230769, out: dataOut.far },
  sjc: { markup: 1.192307692, out: dataOut.near },
  lhr: { markup: 1.134615385, out: dataOut.near },
  fra: { markup: 1.153846154, out: dataOut.near },
  cdg: { markup: 1.134615385, out: dataOut.near },
  arn: { markup: 1.038461538, out: dataOut.near },
  ewr: { markup: 1, out: dataOut.near },
  ord: { markup: 1.25, out: dataOut.near },
  dfw: { markup: 1.25, out: dataOut.near },
  lax: { markup: 1.199519231, out: dataOut.near },
  yyz: { markup: 1.115384615, out: dataOut.near }
}
export type Region = keyof typeof regions
export const regionCodes = Object.keys(regions) as Region[]
export const isRegion = (code: string): code is Region => Object.hasOwn(regions, code)

/** Dollars for one machine all month. `vm` as in fly.toml, like "shared-cpu-1x". @throws RangeError for one that Fly doesn't have */
export function machineDollars(vm: string, memoryMb: number, region: Region): number {
  const [, kind, count] = VM.exec(vm) ?? []
  if (!kind) throw new RangeError(`"${vm}" is no machine of Fly: it is called like shared-cpu-1x or performance-2x`)
  const cpu = kind === 'shared-cpu' ? cpus.shared : cpus.performance
  const included = Number(count) * cpu.memoryMb
  if (memoryMb < included) throw new RangeError(`${vm} has ${included} MB of memory at least`)
  const memory = ((memoryMb - included) / 1_024) * MEMORY_DOLLARS_PER_GB
  return (Number(count) * cpu.dollars + memory) * regions[region].markup
}

/** Dollars for what leaves Fly when it leaves from these regions in equal parts. */
export function dataOutDollars(bytes: number, from: readonly Region[]): number {
  return from.reduce((sum, region) => sum + (bytes / from.length / GB) * regions[region].out, 0)
}

/** A hosted Redis: what it costs, and the most it does in a month. Bytes moved count in both directions. */
export interface Plan {
  /** Who makes it, and how it is paid; with `size` the whole name. */
  kind: string
  size: string
  dollars: number
  dollarsPerReadRegion: number
  dollarsPerCommand: number
  /** Bytes moved and kept beyond those that are in the price. */
  bytesIncluded: number
  dollarsPerByte: number
  keptIncluded: number
  dollarsPerByteKept: number
  commandsMost: number
  bytesMost: number
  keptMost: number
  readRegionsMost: number
}

const endless = {
  size: '',
  dollars: 0,
  dollarsPerReadRegion: 0,
  dollarsPerCommand: 0,
  bytesIncluded: Infinity,
  dollarsPerByte: 0,
  keptIncluded: Infinity,
  dollarsPerByteKept: 0,
  commandsMost: Infinity,
  bytesMost: Infinity,
  keptMost: Infinity,
  readRegionsMost: Infinity
}

export const FREE_COMMANDS = 500_000
export const FREE_READ_REGIONS = 1
const PER_COMMAND = 0.2 / 100_000

/** A fixed price knows no commands; each read region is half of it again. */
function fixed(kind: string, size: string, dollars: number, keptMost: number, bytesMost: number): Plan {
  return { ...endless, kind, size, dollars, dollarsPerReadRegion: dollars / 2, keptMost, bytesMost }
}
const MADE_BY_FLY = 'Fly, fixed'
const MADE_BY_UPSTASH = 'Upstash, fixed'
const onBoth = (kind: string) => [
  fixed(kind, '250 MB', 10, 0.25 * GB, 50 * GB),
  fixed(kind, '1 GB', 20, GB, 100 * GB),
  fixed(kind, '5 GB', 100, 5 * GB, 500 * GB),
  fixed(kind, '10 GB', 200, 10 * GB, 1_000 * GB),
  fixed(kind, '50 GB', 400, 50 * GB, 5_000 * GB)
]

/** By kind, the smaller first. Fly's page gives no price for bytes moved or kept. */
export const plans: readonly Plan[] = [
  {
    ...endless,
    kind: 'Upstash, free',
    commandsMost: FREE_COMMANDS,
    bytesMost: 10 * GB,
    keptMost: 0.256 * GB,
    readRegionsMost: FREE_READ_REGIONS
  },
  {
    ...endless,
    kind: 'Upstash, pay as you go',
    dollarsPerCommand: PER_COMMAND,
    bytesIncluded: 200 * GB,
    dollarsPerByte: 0.03 / GB,
    keptIncluded: GB,
    dollarsPerByteKept: 0.25 / GB,
    keptMost: 100 * GB
  },
  ...onBoth(MADE_BY_UPSTASH),
  fixed(MADE_BY_UPSTASH, '100 GB', 800, 100 * GB, 10_000 * GB),
  fixed(MADE_BY_UPSTASH, '500 GB', 1_500, 500 * GB, 20_000 * GB),
  { ...endless, kind: 'Fly, pay as you go', dollarsPerCommand: PER_COMMAND, keptMost: 10 * GB },
  ...onBoth(MADE_BY_FLY)
]
