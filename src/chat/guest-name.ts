// The name a guest goes by. There is no word of refusal in the borrowed vocabularies, so a claim to the name of a signed-in person
// who is here is let in beside it.
import type { People } from './people.ts'

/** `claimed`, or `claimed~2`, `~3`, … while a signed-in person who is present has that name. Two guests may share one. */
export function guestName(people: Pick<People, 'named'>, claimed: string): string {
  let name = claimed
  for (let nth = 2; people.named(name); nth++) name = `${claimed}~${nth}`
  return name
}
