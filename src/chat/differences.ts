// Who came and who went between two looks. What happened in between and was undone is never told.
import type { Present } from '../contract.ts'

export interface Difference {
  room: string
  joined: Present[]
  left: Present[]
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
    const changed = [...people]
      .map(([key, was]) => ({ was, is: now(room, key) }))
      .filter(({ was, is }) => (was && is ? was.name !== '' && !sameName(was, is) : was !== is))
    const left = changed.flatMap(({ was }) => (was?.name ? [was] : []))
    const joined = changed.flatMap(({ is }) => (is?.name ? [is] : []))
    if (changed.length > 0) found.push({ room, joined, left })
  }
  return found
}

const sameName = (one: Present, other: Present) => one.name === other.name && one.guest === other.guest
