// Limits a process as Fly limits a shared CPU (Fly docs, CPU performance): a sixteenth of a core, which is 5 ms of each 80 ms, and what
// was saved on top. Without a balance the process is stopped until 5 ms are there again. It is done with SIGSTOP and SIGCONT, because
// most computers give nobody a cgroup. Linux only.
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'

/** 6.25 %. */
export const CPU_SHARE = 1 / 16
const SLICE_MS = 5
const LOOK_EVERY_MS = 2
const NS_PER_MS = 1_000_000

export interface CpuLimit {
  /** Lets it run freely. Resolves with what it had used, and how long it stood still, in milliseconds. */
  lift(): Promise<Limited>
}
export interface Limited {
  ranMs: number
  usedMs: number
  stoppedMs: number
}

/** @param savedMs what it has saved, and saves at most: on Fly 5,000 on a fresh machine, later up to 500,000 */
export async function limitCpu(pid: number, savedMs: number): Promise<CpuLimit> {
  const ending = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(import.meta.filename, { workerData: { pid, savedMs, ending } })
  await once(worker, 'message')
  const limited = once(worker, 'message').then(([limited]) => limited as Limited)
  return {
    lift() {
      Atomics.store(ending, 0, 1)
      Atomics.notify(ending, 0)
      return limited
    }
  }
}

if (!isMainThread) {
  post('limiting')
  post(limit(workerData as Parameters<typeof limit>[0]))
}

function post(message: Limited | 'limiting') {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(message)
}

/** In a thread of its own, so that a busy measurement does not delay it. What the process overdraws it pays back. */
function limit({ pid, savedMs, ending }: { pid: number; savedMs: number; ending: Int32Array }): Limited {
  const start = performance.now()
  const usedBefore = usedMs(pid) ?? 0
  let [balance, at, used, stoppedMs, isStopped] = [savedMs, start, usedBefore, 0, false]
  while (Atomics.wait(ending, 0, 0, LOOK_EVERY_MS) === 'timed-out') {
    const now = performance.now()
    const usedNow = usedMs(pid)
    if (usedNow === null) break
    balance = Math.min(Math.max(savedMs, SLICE_MS), balance + (now - at) * CPU_SHARE - (usedNow - used))
    if (isStopped) stoppedMs += now - at
    ;[at, used] = [now, usedNow]
    if (isStopped ? balance >= SLICE_MS : balance <= 0) {
      isStopped = !isStopped
      send(pid, isStopped ? 'SIGSTOP' : 'SIGCONT')
    }
  }
  send(pid, 'SIGCONT')
  return { ranMs: performance.now() - start, usedMs: used - usedBefore, stoppedMs }
}

/** CPU time of all of its threads; null when it has ended. */
function usedMs(pid: number): number | null {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / NS_PER_MS)
      .reduce((sum, ms) => sum + ms, 0)
  } catch {
    return null
  }
}

function send(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended.
  }
}
