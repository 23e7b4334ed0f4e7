// What is seen of a room's people from outside.
import type { Present, RoomPeople, RoomTotals } from '../contract.ts'
import { NAMED_PEOPLE } from './store.ts'

/** Somebody in a room: as shown, and by which leases. */
export interface Entry {
  who: Present
  holders: Map<string, Present>
}
/** What is known of a crowd in another instance's lease. */
export interface Crowd {
  count: number
  region: string
  people: Present[]
}

/** Everybody counted, the first of them named. */
export function viewOf(entries: Map<string, Entry> = new Map(), leases: Map<string, Crowd> = new Map()): RoomPeople {
  const crowd = [...leases.values()]
  const people: Present[] = []
  const regions = new Map<string, number>()
  for (const { who } of entries.values()) {
    regions.set(who.region, (regions.get(who.region) ?? 0) + 1)
    if (who.name && people.length < NAMED_PEOPLE) people.push(who)
  }
  for (const { people: more } of crowd) people.push(...more.slice(0, Math.max(0, NAMED_PEOPLE - people.length)))
  const totals = { count: entries.size, about: false, regions: Object.fromEntries(regions) }
  return { ...withCrowds(totals, crowd), people }
}

/** The same with somebody who is on the way in. */
export function withOneMore({ count, about, regions, people }: RoomPeople, who: Present): RoomPeople {
  const counts = new Map(Object.entries(regions))
  return {
    count: count + 1,
    about,
    regions: Object.fromEntries(counts.set(who.region, (counts.get(who.region) ?? 0) + 1)),
    people: [...people, who].slice(0, NAMED_PEOPLE)
  }
}

/** In a crowd the total is a sum: who is also elsewhere counts twice. */
export function withCrowds(totals: RoomTotals, crowd: Crowd[]): RoomTotals {
  const regions = new Map(Object.entries(totals.regions))
  for (const { region, count } of crowd) regions.set(region, (regions.get(region) ?? 0) + count)
  return {
    count: crowd.reduce((sum, { count }) => sum + count, totals.count),
    about: totals.about || crowd.length > 0,
    regions: Object.fromEntries(regions)
  }
}
