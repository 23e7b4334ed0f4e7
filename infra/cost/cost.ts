// `npm run cost`: what a chat of a certain size costs in a month, with nobody and at work, on each kind of hosted Redis.
// npm run cost -- --regions 3 --people 500 --messages 100000
import { parseArgs } from 'node:util'
import { estimate } from './estimate.ts'
import type { Use } from './parts.ts'
import { isRegion, regionCodes, type Region } from './prices.ts'
import { writeBill } from './table.ts'

const HELP = `npm run cost -- [options]

  --regions 3              how many regions of Fly, or which: ams,iad,nrt
  --machines-per-region 1
  --vm shared-cpu-1x       as in fly.toml
  --memory 512mb           as in fly.toml
  --read-regions 2         of the Redis, beside its first; otherwise none, as deploy.md has it
  --people 500             here at the same time
  --hours 8                of a day, in which they are here
  --messages 100000        said in a month
  --rooms 5                whose history is full
  --history-limit 10000    messages kept in each, as HISTORY_LIMIT`

const options = {
  regions: { type: 'string', default: '3' },
  'machines-per-region': { type: 'string', default: '1' },
  vm: { type: 'string', default: 'shared-cpu-1x' },
  memory: { type: 'string', default: '512mb' },
  'read-regions': { type: 'string', default: '0' },
  people: { type: 'string', default: '500' },
  hours: { type: 'string', default: '8' },
  messages: { type: 'string', default: '100000' },
  rooms: { type: 'string', default: '5' },
  'history-limit': { type: 'string', default: '10000' },
  help: { type: 'boolean', default: false }
} as const

/** What was asked for, or 'help'. @throws Error with a sentence that says what is wrong */
export function readUse(args: string[]): Use | 'help' {
  const { values } = parseArgs({ args, options })
  if (values.help) return 'help'
  const number = (name: Exclude<keyof typeof options, 'help'>, min: number, max: number, text = values[name] ?? '') => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN
    if (value >= min && value <= max) return value
    throw new Error(`--${name} must be a whole number from ${min} to ${max}`)
  }
  const regions = regionsOf(values.regions)
  return {
    regions,
    machinesPerRegion: number('machines-per-region', 1, 100),
    vm: values.vm,
    memoryMb: number('memory', 256, 131_072, values.memory.replace(/mb$/i, '')),
    readRegions: number('read-regions', 0, 20, values['read-regions']),
    people: number('people', 0, 1_000_000),
    hours: number('hours', 0, 24),
    messages: number('messages', 0, 1_000_000_000),
    rooms: number('rooms', 0, 100_000),
    historyLimit: number('history-limit', 100, 1_000_000)
  }
}

function regionsOf(said: string): Region[] {
  if (/^\d+$/.test(said) && Number(said) >= 1 && Number(said) <= regionCodes.length)
    return regionCodes.slice(0, Number(said))
  const codes = said.split(',')
  if (codes.every(isRegion)) return codes
  throw new Error(`--regions must be a number up to ${regionCodes.length}, or some of ${regionCodes.join(',')}`)
}

function main() {
  try {
    const use = readUse(process.argv.slice(2))
    console.log(use === 'help' ? HELP : writeBill(estimate(use)))
  } catch (cause) {
    console.error(cause instanceof Error ? cause.message : cause)
    process.exit(1)
  }
}

if (process.argv[1] === import.meta.filename) main()
