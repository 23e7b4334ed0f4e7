// Who came and who went between two looks. What happened in between and was undone is never told.
import type { Present } from '../contract.ts'

export interface Difference {
  room: string
  joined: Present[]
  left: Present[]
  /** Still here under the same name, and otherwise not as before: idle or no longer, or in another region. */
  changed: Present[]
}

/** By room and key: who stood there before the first change since the last look. */
export type Before = Map<string, Map<string, Present | undefined>>

/** To be called before somebody changes. Only the first call for a person counts. */
export function note(before: Before, room: string, key: string, who: Present | undefined) {
  const people = before.get(room) ?? new Map<string, Present | undefined>()
  if (!people.has(key)) people.set(key, who)
  before.set(room, people)
}

/** Joins two stretches of time: of what both know, the earlier one was there before. */
export function joined(earlier: Before, later: Before): Before {
  for (const [room, people] of later) for (const [key, who] of people) note(earlier, room, key, who)
  return earlier
}

/**
 * One difference for each room where somebody came or went. Somebody who took another name has left and joined, in this
 * order. The nameless, of whom only a key is known, are counted and not told: then both lists may be empty.
 */
export function differences(before: Before, now: (room: string, key: string) => Present | undefined): Difference[] {
  const found: Difference[] = []
  for (const [room, people] of before) {
    const pairs = [...people].map(([key, was]) => ({ was, is: now(room, key) }))
    const moved = pairs.filter(({ was, is }) => (was && is ? was.name !== '' && !sameName(was, is) : was !== is))
    const left = moved.flatMap(({ was }) => (was?.name ? [was] : []))
    const joined = moved.flatMap(({ is }) => (is?.name ? [is] : []))
    const changed = pairs.flatMap(({ was, is }) => (was && is && sameName(was, is) && !sameState(was, is) ? [is] : []))
    if (moved.length + changed.length > 0) found.push({ room, joined, left, changed })
  }
  return found
}

export const sameName = (one: Present, other: Present) => one.name === other.name && one.guest === other.guest
export const sameState = (one: Present, other: Present) =>
  one.region === other.region && one.idleSince === other.idleSince
