// What a month costs: what happens in it (cost-parts.ts) times what others ask for it (cost-prices.ts).
import { kept, type Asked } from './measured.ts'
import { aMessage, add, anHourWithPeople, billed, DAYS, idleParts, peopleParts } from './parts.ts'
import type { Part, Use } from './parts.ts'
import { dataOutDollars, FREE_COMMANDS, FREE_READ_REGIONS, machineDollars, plans, type Plan } from './prices.ts'

/** What a Redis costs for a month, or why it won't do. */
export type Offer = { plan: Plan; dollars: number } | { plan: Plan; dollars: null; because: string }

export interface Month {
  parts: Part[]
  /** As a host bills them: what writes again for each read region. */
  commands: number
  redisBytes: number
  toPeople: number
  machineDollars: number
  dataOutDollars: number
  /** The best of each kind. */
  offers: Offer[]
  cheapest: Extract<Offer, { dollars: number }>
  /** With that one. */
  dollars: number
}

export interface Bill {
  use: Use
  idle: Month
  busy: Month
  /** What is left of the free commands by instances with nobody: enough for so many messages, or so many hours with people. */
  free: { messages: number; hours: number }
}

/** @throws RangeError for a machine that Fly doesn't have, and for more than any hosted Redis carries */
export function estimate(use: Use): Bill {
  const listening = idleParts(use)
  const idle = monthOf(use, listening)
  const readRegions = Math.min(use.readRegions, FREE_READ_REGIONS)
  const left = Math.max(0, FREE_COMMANDS - idle.commands)
  return {
    use,
    idle,
    busy: monthOf(use, [...listening, ...peopleParts(use)]),
    free: {
      messages: Math.floor(left / billed(aMessage(use), readRegions)),
      hours: Math.floor(left / billed(anHourWithPeople(use), readRegions))
    }
  }
}

function monthOf(use: Use, parts: Part[]): Month {
  const { regions, machinesPerRegion, vm, memoryMb, readRegions, messages } = use
  const asked = add(...parts.map(({ asked }) => asked))
  const toPeople = parts.reduce((sum, part) => sum + part.toPeople, 0)
  const records = (messages * kept.recordDays) / DAYS
  const keptBytes = use.rooms * use.historyLimit * kept.message + records * kept.record
  const kinds = [...new Set(plans.map(({ kind }) => kind))]
  const offers = kinds.map((kind) => {
    const all = plans.filter((plan) => plan.kind === kind).map((plan) => offerOf(plan, asked, keptBytes, readRegions))
    return cheapestOf(all) ?? (all.at(-1) as Offer)
  })
  const cheapest = cheapestOf(offers)
  if (!cheapest) throw new RangeError('No hosted Redis that is known here carries that much.')
  const machines = regions.reduce((sum, region) => sum + machinesPerRegion * machineDollars(vm, memoryMb, region), 0)
  const dataOut = dataOutDollars(toPeople + asked.up, regions)
  return {
    parts,
    commands: billed(asked, readRegions),
    redisBytes: asked.up + asked.down,
    toPeople,
    machineDollars: machines,
    dataOutDollars: dataOut,
    offers,
    cheapest,
    dollars: machines + dataOut + cheapest.dollars
  }
}

function offerOf(plan: Plan, asked: Asked, keptBytes: number, wanted: number): Offer {
  const readRegions = Math.min(wanted, plan.readRegionsMost)
  const commands = billed(asked, readRegions)
  const moved = asked.up + asked.down
  const because = (what: string) => ({ plan, dollars: null, because: `too many ${what}` })
  if (commands > plan.commandsMost) return because('commands')
  if (moved > plan.bytesMost) return because('bytes moved')
  if (keptBytes > plan.keptMost) return because('bytes kept')
  const dollars =
    plan.dollars +
    readRegions * plan.dollarsPerReadRegion +
    commands * plan.dollarsPerCommand +
    over(moved, plan.bytesIncluded) * plan.dollarsPerByte +
    over(keptBytes, plan.keptIncluded) * plan.dollarsPerByteKept
  return { plan, dollars }
}

const over = (amount: number, included: number) => Math.max(0, amount - included)

/** The first of the cheapest, or undefined when none will do. */
function cheapestOf(offers: Offer[]): Extract<Offer, { dollars: number }> | undefined {
  return offers.filter((offer) => offer.dollars !== null).toSorted((a, b) => a.dollars - b.dollars)[0]
}
