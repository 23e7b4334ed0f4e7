// How much memory a process of this computer has had at most.
import { readFileSync } from 'node:fs'

/** The peak as the kernel counts it, in bytes; 0 once the process is gone, and on systems without /proc. */
export function residentPeak(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024
  } catch {
    return 0
  }
}
