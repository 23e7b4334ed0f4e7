// All attacks by name.
import { setTimeout as wait } from 'node:timers/promises'
import type { Attacks } from './attack.ts'
import { connections } from './connections.ts'
import { reads } from './reads.ts'
import { writes } from './writes.ts'

/** What the ordinary person measures when nobody attacks: the other rows compare with this one. */
const none: Attacks = {
  'no attack': { about: 'Nothing happens.', isAllowed: true, run: ({ loop }) => loop(1, () => wait(100)) }
}

export const attacks: Attacks = { ...none, ...writes, ...reads, ...connections }
