// The people who are shown in a room, counted by region.
import type { Present, RoomTotals } from '../contract.ts'
import { leastIdle, NAMED_PEOPLE, withIdle, type LeaseRoom } from './lease.ts'

/** A room that a lease has as a number only. */
export type RoomNumber = Omit<LeaseRoom, 'keys'> & { region: string }

interface Entry {
  shown: Present
  /** The person as each lease has them, the one that decides last. */
  holders: Map<string, Present>
}

/** `regions`: how many people are in each. */
export type Room = ReturnType<typeof emptyRoom>

/** Shows a person in a room as their holders have them. Returns them as they were shown, and as they are now. */
export function show(room: Room, key: string, holders: Map<string, Present>) {
  const { people, regions } = room
  const was = people.get(key)?.shown
  // Somebody who comes into a crowd is not among those who are named.
  if (was || (room.named?.length ?? 0) < NAMED_PEOPLE) room.named = null
  // One room may know a name that another leaves out.
  const last = [...holders.values()].findLast(({ name }) => name) ?? [...holders.values()].at(-1)
  const is = last && withIdle(last, leastIdle(holders.values()))
  if (is) people.set(key, { shown: is, holders })
  else people.delete(key)
  if (was) add(regions, was.region, -1)
  if (is) add(regions, is.region, 1)
  return [was, is] as const
}

/** With numbers the sum is approximate: a person in a number who is also in another lease counts twice. */
export function totals(people: ReadonlyMap<string, number>, numbers: RoomNumber[]): RoomTotals {
  const regions = new Map(people)
  for (const { region, count } of numbers) add(regions, region, count)
  const count = [...regions.values()].reduce((all, one) => all + one, 0)
  return { count, about: numbers.length > 0, regions: Object.fromEntries(regions) }
}

/** One list until the room changes, for all who open it meanwhile. */
export function firstNamed(room: Room): Present[] {
  if (room.named) return room.named
  const named: Present[] = []
  for (const { shown } of room.people.values())
    if (named.length === NAMED_PEOPLE) break
    else if (shown.name) named.push(shown)
  return (room.named = named)
}

export function add(counts: Map<string, number>, region: string, count: number) {
  const sum = (counts.get(region) ?? 0) + count
  if (sum === 0) counts.delete(region)
  else counts.set(region, sum)
}

export const emptyRoom = () => ({
  people: new Map<string, Entry>(),
  regions: new Map<string, number>(),
  named: null as Present[] | null
})
