// Attacks one after another, in a process of their own, so that their work does not slow down the one that measures:
// `node infra/bench/attacks/process.ts <url> <min ms> <max ms> <name> <address> …`. Each ends between the two, as soon as something
// was refused. Prints the outcomes of each as one line of JSON.
import { createAttacker } from './attacker.ts'
import { prefer } from './priority.ts'
import { attacks } from './programs.ts'

prefer(0, 'attacker')

/** A program that waits for an answer that never comes is cut off. */
const GRACE_MS = 1_000
const LOOK_EVERY_MS = 10
const [, , url = '', minMs = '', maxMs = '', ...chosen] = process.argv
for (let at = 0; at < chosen.length; at += 2) await attackOnce(chosen[at] ?? '', chosen[at + 1] ?? '')
process.exit()

async function attackOnce(name: string, from: string): Promise<void> {
  const attack = attacks[name]
  if (!attack) throw new Error(`there is no attack ${name}`)
  const ended = new AbortController()
  const attacker = createAttacker({ url, from }, ended.signal)
  const start = performance.now()
  const looking = setInterval(() => {
    const ms = performance.now() - start
    const { refused, lost } = attacker.outcomes
    if (ms >= Number(maxMs) || (ms >= Number(minMs) && refused + lost > 0)) ended.abort()
  }, LOOK_EVERY_MS)
  await Promise.race([
    attack.run(attacker).catch((cause: unknown) => console.error(name, cause)),
    new Promise((done) => ended.signal.addEventListener('abort', () => setTimeout(done, GRACE_MS)))
  ])
  clearInterval(looking)
  attacker.outcomes.ms = performance.now() - start
  console.log(JSON.stringify({ name, outcomes: attacker.outcomes }))
  attacker.close()
}
