// What attacks do to a server, and to an ordinary person on it: `npm run bench:attacks`. Every attack is a bounded program on
// loopback, against a server of its own with a heap of 256 MB.
import { readOptions } from '../dev/options.ts'
import { attacks } from './attacks/programs.ts'
import { storeKinds } from './attacks/attacked-server.ts'
import { measureAttack, type Measured } from './attacks/measure.ts'
import { ACK_PROMISE_MS, HEALTH_PROMISE_MS, p99, slownessOf } from './attacks/ordinary.ts'

const SECONDS = 8

const USAGE = `npm run bench:attacks -- [options]
  --only flood       attacks with this text in their name: ${Object.keys(attacks).join(', ')}
  --store embedded   or redis; by default one after the other
  --seconds ${SECONDS}        of each attack`

const columns = [
  'attack',
  'store',
  'server',
  'RSS MB',
  'heap MB',
  'health p99 ms',
  'ordinary p99 ms',
  'machine slower ×',
  'ordinary refused',
  'newcomers refused',
  'attacker ok/refused/lost',
  'store +MB',
  'history',
  'recovered s',
  'held'
]

/** Whether the attack failed: everyone else was served as promised. */
export function held({ alive, experience, historyKept, recoveredS, faults }: Measured): boolean {
  return (
    alive &&
    faults.length === 0 &&
    historyKept &&
    recoveredS !== null &&
    experience.refused.length + experience.turnedAway === 0 &&
    p99(experience.acks) < ACK_PROMISE_MS * slownessOf(experience) &&
    p99(experience.health) < HEALTH_PROMISE_MS * slownessOf(experience)
  )
}

function rowOf(measured: Measured): string[] {
  const { attack, store, alive, memory, experience, attacker, stored, historyKept, recoveredS } = measured
  const { acks, health, sent, refused, newcomers, turnedAway } = experience
  const reasons = [...new Set(refused)].join(', ')
  return [
    attack,
    store,
    alive ? 'alive' : 'DEAD',
    mb(memory.resident),
    mb(memory.heap),
    p99(health).toFixed(0),
    p99(acks).toFixed(0),
    slownessOf(experience).toFixed(1),
    `${refused.length}/${sent}${reasons && ` (${reasons})`}`,
    `${turnedAway}/${newcomers}`,
    `${attacker.ok}/${attacker.refused}/${attacker.lost}`,
    mb(stored, 1),
    historyKept ? 'kept' : 'LOST',
    recoveredS === null ? 'no' : recoveredS.toFixed(1),
    held(measured) ? 'yes' : 'NO'
  ]
}

const mb = (bytes: number, digits = 0) => (bytes / 1_000_000).toFixed(digits)
const markdownRow = (cells: string[]) => `| ${cells.join(' | ')} |`

if (process.argv[1] === import.meta.filename) {
  const { values } = readOptions(USAGE, {
    options: { only: { type: 'string' }, store: { type: 'string' }, seconds: { type: 'string' } }
  })
  const ms = Number(values.seconds ?? SECONDS) * 1_000
  const chosen = Object.entries(attacks).filter(([name]) => name.includes(values.only ?? ''))
  if (chosen.length === 0) {
    console.error(`No attack has "${values.only}" in its name.\n\n${USAGE}`)
    process.exit(1)
  }
  console.log(markdownRow(columns))
  console.log(markdownRow(columns.map(() => '---')))
  for (const [name, attack] of chosen)
    for (const store of storeKinds) {
      if (values.store !== undefined && store !== values.store) continue
      console.log(markdownRow(rowOf(await measureAttack(name, attack, store, ms))))
    }
  process.exit()
}
