// `npm run cost` estimates the monthly bill of a chat, idle and busy, for each kind of hosted Redis.
import { parseArgs } from 'node:util'
import { assumed, billed, estimate, instancesOf, NUMBERS, type Month, type Use } from './estimate.ts'
import { TEXT_CHARACTERS } from './measured.ts'
import { GB, PRICES_READ_ON, regionCodes, SOURCES, type Region } from './prices.ts'

const names = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]
const OPTIONS: [name: string, fallback: string, meaning: string][] = [
  ['regions', '3', 'how many regions of Fly, or which: ams,iad,nrt'],
  ['vm', 'shared-cpu-1x', 'as in fly.toml'],
  ...names.map((name): [string, string, string] => [name, `${NUMBERS[name][0]}`, NUMBERS[name][3]])
]
const HELP = OPTIONS.map(([name, fallback, meaning]) => `  --${`${name} ${fallback}`.padEnd(24)}${meaning}`)

/** @throws Error that says which option is wrong */
export function readUse(args: string[]): Use {
  const options = Object.fromEntries(
    OPTIONS.map(([name, value]) => [name, { type: 'string' as const, default: value }])
  )
  const { regions = '', vm = '', ...numbers } = parseArgs({ args, options }).values
  const read = names.map((name) => {
    const [, min, max] = NUMBERS[name]
    const given = `${numbers[name]}`.replace(/mb$/i, '')
    if (/^\d+$/.test(given) && Number(given) >= min && Number(given) <= max) return [name, Number(given)]
    throw new Error(`--${name} must be a whole number from ${min} to ${max}`)
  })
  return { ...(Object.fromEntries(read) as Record<keyof typeof NUMBERS, number>), regions: regionsOf(regions), vm }
}

function regionsOf(given: string): Region[] {
  const count = Number(given)
  const codes: string[] = Number.isNaN(count) ? given.split(',') : regionCodes.slice(0, count)
  const known = codes.flatMap((code) => regionCodes.filter((region) => region === code))
  if (known.length > 0 && known.length === (count || codes.length)) return known
  throw new Error(`--regions must be a number up to ${regionCodes.length}, or some of ${regionCodes.join(',')}`)
}

const line = (...[label = '', ...cells]: string[]) =>
  `${label.padEnd(26)}${cells.map((cell) => cell.padStart(16)).join('')}`
const whole = (amount: number) => Math.round(amount).toLocaleString('en-US')
const gigabytes = (bytes: number) => `${(bytes / GB).toFixed(2)} GB`
const dollars = (amount: number | null) => (amount === null ? 'too small' : `$${amount.toFixed(2)}`)

/** The bill as a table: what happens in a month, and what it costs. */
export function table(use: Use): string {
  const { rows, idle, busy } = estimate(use)
  const usage = (name: string, commands: number, moved: number, toClients: number) =>
    line(name, whole(commands), gigabytes(moved), gigabytes(toClients))
  const cost = (name: string, of: (month: Month) => number | null) => line(name, dollars(of(idle)), dollars(of(busy)))
  const { typingSeconds, visitsPerDay, idleChangesPerHour, overheadBytes } = assumed
  return [
    line('Per month of 30 days', 'Redis commands', 'Redis data', 'to clients'),
    ...rows.map(([name, load, toClients]) =>
      usage(name, billed(load, use['read-regions']), load[2] + load[3], toClients)
    ),
    usage('total', busy.commands, busy.moved, busy.toClients),
    '',
    line('US dollars', 'idle', 'busy'),
    cost(`${instancesOf(use)} x ${use.vm}`, ({ machines }) => machines),
    cost('data out of Fly', ({ dataOut }) => dataOut),
    'and one Redis:',
    ...busy.redis.map(([kind], n) => cost(`  ${kind}`, ({ redis }) => redis[n]?.[1] ?? null)),
    '',
    `Measured by tests: commands and bytes, for messages of ${TEXT_CHARACTERS} characters. Prices read on ${PRICES_READ_ON}: ${SOURCES}.`,
    'Each command inside a script counts, and each write again for every read region.',
    `Assumed: ${typingSeconds} s of typing per message, ${visitsPerDay} visits per person and day, ${idleChangesPerHour} times an hour idle or back, ${overheadBytes} bytes of TLS and TCP per event.`,
    'Everyone reads all the time, in one place; in two at once each message costs two commands for each reader.',
    'Not counted: private rooms (5 commands more for each message, 1 every 10 s for each instance where one is open), mentions (4 at most), programs over REST, loading the page, starting machines, and the HTTP headers of Redis over REST.'
  ].join('\n')
}

if (import.meta.main)
  try {
    const args = process.argv.slice(2)
    console.log(args.includes('--help') ? ['npm run cost -- [options]', ...HELP].join('\n') : table(readUse(args)))
  } catch (cause) {
    console.error(cause instanceof Error ? cause.message : cause)
    process.exit(1)
  }
