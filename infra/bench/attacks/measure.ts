// One attack against a server of its own, with an ordinary person beside it.
import { setTimeout as wait } from 'node:timers/promises'
import type { Attack } from './attack.ts'
import { startAttacked, type StoreKind } from './attacked-server.ts'
import type { Outcomes } from './attacker.ts'
import { startOrdinary, type Experience } from './ordinary.ts'
import { runAttacks } from './run.ts'

const ATTACKER = '127.0.0.2'
export const ORDINARY = '127.0.0.9'
const QUIET_MS = 500
const RECOVERS_WITHIN_MS = 30_000

export interface Measured {
  attack: string
  store: StoreKind
  alive: boolean
  /** Peaks in bytes. */
  memory: { resident: number; heap: number }
  experience: Experience
  attacker: Outcomes
  /** Growth of what is stored, in bytes. */
  stored: number
  historyKept: boolean
  /** Seconds; null when it takes longer than 30 s. */
  recoveredS: number | null
  faults: string[]
}

/** Runs one attack for `ms`, and measures. Leaves nothing behind. */
export async function measureAttack(name: string, attack: Attack, store: StoreKind, ms: number): Promise<Measured> {
  const server = await startAttacked(store, attack)
  try {
    const ordinary = await startOrdinary(server.url, ORDINARY)
    await wait(QUIET_MS)
    const before = await server.storedBytes()
    let attacker: Outcomes = { ok: 0, refused: 0, lost: 0, ms: 0 }
    await runAttacks(server.url, [ms, ms], [{ name, from: ATTACKER }], (_, outcomes) => (attacker = outcomes))
    const recoveredS = await ordinary.recovered(RECOVERS_WITHIN_MS, server.isAlive)
    const historyKept = server.isAlive() && (await ordinary.historyKept())
    const stored = (await server.storedBytes()) - before
    const alive = server.isAlive()
    await ordinary.stop()
    const experience = ordinary.experience()
    const [memory, faults] = [server.memory(), server.faults()]
    return { attack: name, store, alive, memory, experience, attacker, stored, historyKept, recoveredS, faults }
  } finally {
    await server.stop()
  }
}
