// What else the computer does must not count: where the system allows it, the measured programs go first, then the attackers.
import { setPriority } from 'node:os'

const priorities = { measured: -12, attacker: -6 } as const

/** Does nothing where the user may not raise a priority. `pid` 0 is this process. */
export function prefer(pid: number, role: keyof typeof priorities): void {
  try {
    setPriority(pid, priorities[role])
  } catch {
    // The figures then include what else runs here.
  }
}
