// Starts attacks in a process of their own and reads what it prints.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { bound } from '../../testing/spawn-bound.ts'
import type { Outcomes } from './attacker.ts'

export interface Chosen {
  name: string
  /** The loopback address it comes from. */
  from: string
}

/**
 * Runs attacks one after another. Each lasts `minMs`, and until something was refused, but not longer than `maxMs`. `onDone` is called
 * when one has ended and the next begins.
 */
export async function runAttacks(
  url: string,
  [minMs, maxMs]: readonly [number, number],
  chosen: readonly Chosen[],
  onDone: (name: string, outcomes: Outcomes) => void
): Promise<void> {
  const program = join(import.meta.dirname, 'process.ts')
  const list = chosen.flatMap(({ name, from }) => [name, from])
  const child = spawn(...bound(process.execPath, [program, url, `${minMs}`, `${maxMs}`, ...list]), {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { name, outcomes } = JSON.parse(line) as { name: string; outcomes: Outcomes }
    onDone(name, outcomes)
  })
  await once(child, 'close')
}
