import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { CPU_SHARE, limitCpu } from './cpu-limit.ts'

const MEASURED_MS = 1_000
/** What it may overdraw before the next look, on a busy machine. */
const OVERDRAWN_MS = 60

test.runIf(process.platform === 'linux')('a limited process gets a sixteenth of a core', async () => {
  const busy = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
  onTestFinished(() => void busy.kill('SIGKILL'))
  const limit = await limitCpu(busy.pid ?? 0, 0)
  await sleep(MEASURED_MS)
  const { ranMs, usedMs, stoppedMs } = await limit.lift()
  console.log(`${usedMs.toFixed(0)} ms used and ${stoppedMs.toFixed(0)} ms stood still in ${ranMs.toFixed(0)} ms`)
  expect(usedMs).toBeLessThan(ranMs * CPU_SHARE + OVERDRAWN_MS)
  expect(stoppedMs).toBeGreaterThan(0)
})
