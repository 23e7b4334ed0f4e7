// A guest's name. The compatible protocols have no refusal, so a guest who claims the name of a signed-in person who is present gets
// a suffix.
import { randomInt } from 'node:crypto'
import type { People } from '../presence/presence.ts'

/** Suffixes are random from here on, so that somebody who takes hundreds of them does not slow down every guest. */
const RANDOM_FROM = 10

/** `claimed`, or `claimed~2`, `~3`, … while a signed-in person who is present has that name. Two guests may share one. */
export function guestName(people: Pick<People, 'named'>, claimed: string): string {
  let name = claimed
  let range = RANDOM_FROM
  for (let nth = 2; people.named(name); nth += 1) {
    if (nth >= RANDOM_FROM) range *= RANDOM_FROM
    name = `${claimed}~${nth < RANDOM_FROM ? nth : randomInt(RANDOM_FROM, range)}`
  }
  return name
}
