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
 * One difference for each room that was touched, also where nobody came or went: its total may differ. Somebody who took
 * another name has left and joined, in this order. The nameless, of whom only a key is known, are counted and not told.
 */
export function differences(before: Before, now: (room: string, key: string) => Present | undefined): Difference[] {
  return [...before].map(([room, people]) => {
    const difference: Difference = { room, joined: [], left: [] }
    for (const [key, was] of people) {
      const is = now(room, key)
      if (was && is && (was.name === '' || sameName(was, is))) continue
      if (was?.name) difference.left.push(was)
      if (is?.name) difference.joined.push(is)
    }
    return difference
  })
}

const sameName = (one: Present, other: Present) => one.name === other.name && one.guest === other.guest
