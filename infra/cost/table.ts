// The bill as people read it.
import { estimate, type Bill, type Month, type Offer } from './estimate.ts'
import { hourly, TEXT_CHARACTERS } from './measured.ts'
import { assumed, billed, instancesOf } from './parts.ts'
import { FREE_COMMANDS, PRICES_READ_ON, SCRIPTS_COUNT, sources, type Plan } from './prices.ts'

const GB = 1_000_000_000
const LABEL_WIDTH = 26
const CELL_WIDTH = 16
const COLUMNS = 110

export function writeBill(bill: Bill): string {
  return [
    ...heading(bill),
    '',
    ...whatIsAsked(bill),
    '',
    ...whatItCosts(bill),
    '',
    ...advice(bill),
    '',
    ...grounds()
  ].join('\n')
}

function heading({ use }: Bill): string[] {
  const { regions, machinesPerRegion, vm, memoryMb, readRegions, people, hours, messages, rooms, historyLimit } = use
  const machines = `${counted(instancesOf(use), 'machine')} (${vm}, ${memoryMb} MB), ${machinesPerRegion} in each of ${regions.join(', ')}`
  const here = `${counted(people, 'person', 'people')} here at the same time, ${counted(hours, 'hour')} a day`
  return [
    'What Taifas costs in a month of 30 days, in US dollars',
    ...wrapped(`${machines}; a Redis with ${counted(readRegions, 'read region')}`),
    ...wrapped(
      `${here}; ${counted(messages, 'message')}; ${counted(rooms, 'room')} with ${whole(historyLimit)} messages kept`
    )
  ]
}

function whatIsAsked({ use, idle, busy }: Bill): string[] {
  const row = (what: string, commands: number, redisBytes: number, toPeople: number) =>
    line(what, whole(commands), gigabytes(redisBytes), gigabytes(toPeople))
  const all = (what: string, { commands, redisBytes, toPeople }: Month) => row(what, commands, redisBytes, toPeople)
  return [
    line('', 'Redis commands', 'Redis data', 'sent to people'),
    ...busy.parts.map(({ what, asked, toPeople }) =>
      row(what, billed(asked, use.readRegions), asked.up + asked.down, toPeople)
    ),
    all('idle: nobody is here', idle),
    all('busy: all of these', busy)
  ]
}

function whatItCosts({ use, idle, busy }: Bill): string[] {
  const both = (what: string, of: (month: Month) => number) => line(what, dollars(of(idle)), dollars(of(busy)))
  const offers = idle.offers.map((offer, place) => {
    const atWork = busy.offers[place] ?? offer
    return `${line(`  ${offer.plan.kind}`, priceOf(offer), priceOf(atWork))}   ${remark(offer, atWork)}`.trimEnd()
  })
  return [
    line('', 'idle', 'busy'),
    both(counted(instancesOf(use), 'machine'), (month) => month.machineDollars),
    both('data that leaves Fly', (month) => month.dataOutDollars),
    'Redis, one of these:',
    ...offers,
    `${both('with the cheapest that fits', (month) => month.dollars)}   ${[...new Set([idle, busy].map(({ cheapest }) => named(cheapest.plan)))].join('; ')}`
  ]
}

function advice({ use, idle, free }: Bill): string[] {
  const enough =
    free.messages > 0
      ? `listening takes ${whole(idle.commands)} of them. The rest is enough for ${counted(free.messages, 'message')}, or for ${counted(free.hours, 'hour')} with people.`
      : `listening alone takes ${whole(idle.commands)}: too many machines for it.`
  const advised = [`Of the ${whole(FREE_COMMANDS)} free commands of Upstash (with one read region at most) ${enough}`]
  if (use.readRegions > 0) {
    const { dollars: price, cheapest } = estimate({ ...use, readRegions: 0 }).busy
    advised.push(
      `Without read regions (--read-regions 0) the busy month costs ${dollars(price)}, with ${named(cheapest.plan)}.`
    )
  }
  return advised.flatMap((sentence) => wrapped(sentence))
}

function grounds(): string[] {
  const { typingSeconds, visitsADay, wrappingBytes } = assumed
  return [
    `Measured by this project's tests, on a real Redis: commands and bytes, for messages of ${TEXT_CHARACTERS} characters. An instance with nobody asks ${hourly.listening} commands an hour.`,
    `Published: the prices, of these pages, written down on ${PRICES_READ_ON}. Look there before you rely on them.`,
    ...sources.map((source) => `- ${source}`),
    'Published as well: a command that writes counts once for each region of the Redis (the billing page).',
    `Inferred: a script counts as one command, and each command inside of it as another. ${SCRIPTS_COUNT}`,
    `Assumed: ${typingSeconds} s of typing for a message, ${visitsADay} visits of each person a day, ${wrappingBytes} B around each word for TLS and TCP, everybody in one room and here in all those hours.`,
    'Not counted: the page itself, which a browser loads once and keeps; starts of machines; Redis data over REST, which is more by its headers.'
  ].flatMap((sentence) => wrapped(sentence))
}

/** A sentence as lines that fit, all but the first set in. */
function wrapped(sentence: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of sentence.split(' ')) {
    if (line.length + 1 + word.length > COLUMNS) {
      lines.push(line)
      line = ' '
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

function priceOf(offer: Offer): string {
  return offer.dollars === null ? 'no' : dollars(offer.dollars)
}

/** Which sizes these are, or why it won't do. */
function remark(...offers: Offer[]): string {
  const remarks = offers.map((offer) => (offer.dollars === null ? offer.because : offer.plan.size))
  return [...new Set(remarks)].filter((each) => each !== '').join('; ')
}

const named = ({ kind, size }: Plan) => (size ? `${kind} ${size}` : kind)
const line = (label: string, ...cells: string[]) =>
  `${label.padEnd(LABEL_WIDTH)}${cells.map((cell) => cell.padStart(CELL_WIDTH)).join('')}`.trimEnd()
const whole = (amount: number) => Math.round(amount).toLocaleString('en-GB')
const dollars = (amount: number) => `$${amount.toFixed(2)}`
const gigabytes = (bytes: number) => `${(bytes / GB).toFixed(2)} GB`
const counted = (amount: number, one: string, many = `${one}s`) => `${whole(amount)} ${amount === 1 ? one : many}`
