// What attacks do to a server, and to an ordinary person on it: `node infra/bench/attacks.ts [--only text] [--store embedded|redis]
// [--seconds n]`. Every attack is a bounded program on loopback, against a server of its own with a heap of 256 MB.
import { parseArgs } from 'node:util'
import { attacks } from './attacks/programs.ts'
import { storeKinds } from './attacks/attacked-server.ts'
import { measureAttack, type Measured } from './attacks/measure.ts'
import { ACK_PROMISE_MS, HEALTH_PROMISE_MS, p99, slownessOf } from './attacks/ordinary.ts'

const SECONDS = 8

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

/** Whether the attack failed: everybody else was served as promised. */
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
  const { values } = parseArgs({
    options: { only: { type: 'string' }, store: { type: 'string' }, seconds: { type: 'string' } }
  })
  const ms = Number(values.seconds ?? SECONDS) * 1_000
  console.log(markdownRow(columns))
  console.log(markdownRow(columns.map(() => '---')))
  for (const [name, attack] of Object.entries(attacks))
    for (const store of storeKinds) {
      if (values.only !== undefined && !name.includes(values.only)) continue
      if (values.store !== undefined && store !== values.store) continue
      console.log(markdownRow(rowOf(await measureAttack(name, attack, store, ms))))
    }
  process.exit()
}
