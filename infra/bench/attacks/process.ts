// One attack as a process of its own, so that its work does not slow down the one that measures:
// `node infra/bench/attacks/process.ts <name> <url> <address> <ms>`. Prints the outcomes as one line of JSON.
import { constants, setPriority } from 'node:os'
import { createAttacker } from './attacker.ts'
import { attacks } from './programs.ts'

/** Attackers bring computers of their own; here they only take what the server leaves. */
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)

/** A program that waits for an answer that never comes is cut off. */
const GRACE_MS = 1_000
const [, , name = '', url = '', from = '', ms = ''] = process.argv
const attack = attacks[name]
if (!attack) throw new Error(`there is no attack ${name}`)

const attacker = createAttacker({ url, from }, AbortSignal.timeout(Number(ms)))
let failure: unknown
await Promise.race([
  attack.run(attacker).catch((cause: unknown) => (failure = cause)),
  new Promise((done) => setTimeout(done, Number(ms) + GRACE_MS))
])
if (failure !== undefined) console.error(failure)
console.log(JSON.stringify(attacker.outcomes))
process.exit()
