// `npm run cost` estimates the monthly bill of a chat, idle and busy, for each kind of hosted Redis.
import { parseArgs } from 'node:util'
import { assumed, billed, estimate, instancesOf, NUMBERS, type Month, type Use } from './estimate.ts'
import { TEXT_CHARACTERS } from './measured.ts'
import { GB, PRICES_READ_ON, regionCodes, SOURCES, type Region } from './prices.ts'

const names = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]
const help = (option: string, meaning: string) => `  --${option.padEnd(24)}${meaning}`
const HELP = [
  'npm run cost -- [options]',
  help('regions 3', 'how many regions of Fly, or which: ams,iad,nrt'),
  help('vm shared-cpu-1x', 'as in fly.toml'),
  ...names.map((name) => help(`${name} ${NUMBERS[name][0]}`, NUMBERS[name][3]))
].join('\n')

/** @throws Error that says which option is wrong */
export function readUse(args: string[]): Use | 'help' {
  const text = (name: string, fallback: number | string) =>
    [name, { type: 'string' as const, default: `${fallback}` }] as const
  const texts = [text('regions', 3), text('vm', 'shared-cpu-1x'), ...names.map((name) => text(name, NUMBERS[name][0]))]
  const parsed = parseArgs({ args, options: { ...Object.fromEntries(texts), help: { type: 'boolean' } } })
  const values: Record<string, string | boolean | undefined> = parsed.values
  if (values['help']) return 'help'
  const number = (name: keyof typeof NUMBERS) => {
    const [, min, max] = NUMBERS[name]
    const given = `${values[name]}`.replace(/mb$/i, '')
    if (/^\d+$/.test(given) && Number(given) >= min && Number(given) <= max) return [name, Number(given)] as const
    throw new Error(`--${name} must be a whole number from ${min} to ${max}`)
  }
  const counted = Object.fromEntries(names.map(number)) as Record<keyof typeof NUMBERS, number>
  return { ...counted, regions: regionsOf(`${values['regions']}`), vm: `${values['vm']}` }
}

function regionsOf(given: string): Region[] {
  const count = /^\d+$/.test(given) ? Number(given) : null
  const codes: string[] = count === null ? given.split(',') : regionCodes.slice(0, count)
  const known = codes.flatMap((code) => regionCodes.filter((region) => region === code))
  if (known.length > 0 && known.length === (count ?? codes.length)) return known
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
  const usage = (name: string, month: Pick<Month, 'commands' | 'moved' | 'toClients'>) =>
    line(name, whole(month.commands), gigabytes(month.moved), gigabytes(month.toClients))
  const cost = (name: string, of: (month: Month) => number | null) => line(name, dollars(of(idle)), dollars(of(busy)))
  const { typingSeconds, visitsPerDay, idleChangesPerHour, overheadBytes } = assumed
  return [
    line('Per month of 30 days', 'Redis commands', 'Redis data', 'to clients'),
    ...rows.map(([name, load, toClients]) =>
      usage(name, { commands: billed(load, use['read-regions']), moved: load[2] + load[3], toClients })
    ),
    usage('total', busy),
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
    'Not counted: loading the page, starting machines, and the HTTP headers of Redis over REST.'
  ].join('\n')
}

if (import.meta.main)
  try {
    const use = readUse(process.argv.slice(2))
    console.log(use === 'help' ? HELP : table(use))
  } catch (cause) {
    console.error(cause instanceof Error ? cause.message : cause)
    process.exit(1)
  }
