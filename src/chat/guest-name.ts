// The name a guest goes by. There is no word of refusal in the borrowed vocabularies, so a claim to the name of a signed-in person
// who is here is let in beside it.
import { randomInt } from 'node:crypto'
import type { People } from '../presence/presence.ts'

/** From this suffix on they are random: somebody who has taken hundreds of suffixes must not make every guest look for the next. */
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
