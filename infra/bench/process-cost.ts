// What a process has used so far, as the kernel counts it. Linux only.
import { readdirSync, readFileSync } from 'node:fs'

const NS_PER_US = 1_000
const BYTES_PER_KB = 1_024

/** Microseconds of processor time of all its threads. Those of a thread that has ended are lost, and servers end none. */
export const processorUs = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / NS_PER_US)
    .reduce((sum, us) => sum + us, 0)

/** Bytes of memory that are only its own. */
export const ownBytes = (pid: number): number =>
  Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) * BYTES_PER_KB
