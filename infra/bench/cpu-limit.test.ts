import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { bound } from '../testing/spawn-bound.ts'
import { slowness } from '../testing/slowness.ts'
import { until } from '../testing/until.ts'
import { CPU_SHARE, limitCpu } from './cpu-limit.ts'

const STOPS = 3

test.runIf(process.platform === 'linux')(
  'a busy process without savings is stopped again and again, and is free afterwards',
  async ({ skip }) => {
    // A process that gets less than the limit is never stopped.
    skip(slowness() > 1 / CPU_SHARE / 2, 'other programs leave the process no more than the limit')
    const busy = spawn(...bound(process.execPath, ['-e', 'for (;;);']), { stdio: 'ignore' })
    onTestFinished(() => void busy.kill('SIGKILL'))
    const isStopped = () => readFileSync(`/proc/${busy.pid}/stat`, 'utf8').includes(') T ')
    const limit = await limitCpu(busy.pid ?? 0, 0)
    for (let stops = 0; stops < STOPS; stops += 1) {
      await until('it to be stopped', isStopped)
      await until('it to run', () => !isStopped())
    }
    const { ranMs, usedMs, stoppedMs } = await limit.lift()
    console.log(`${usedMs.toFixed(0)} ms used and ${stoppedMs.toFixed(0)} ms stood still in ${ranMs.toFixed(0)} ms`)
    expect(usedMs).toBeLessThan(ranMs)
    expect(stoppedMs).toBeGreaterThan(0)
    await until('it to run', () => !isStopped())
  }
)
