// One machine of the world as the platform keeps it: a real process that is stopped, started by requests, and started again when it
// dies, by the rules of Fly's restart policy `on-failure`, the default (Fly docs, Machine restart policy).
import { startChild } from '../testing/child.ts'

/**
 * `sleeps`: stopped; the next request starts it, and then it `wakes`. `gone`: ended by somebody, and only somebody can start it, as
 * if its computer were lost, or in the midst of a deploy. `starts`: somebody or the platform starts it.
 */
export type MachineState = 'runs' | 'stalled' | 'stops' | 'sleeps' | 'wakes' | 'gone' | 'starts'

/** Starts one. `onRestart` is told when one that has died runs again. @throws when it ends instead */
export async function openWorldMachine(env: Record<string, string>, onRestart: () => unknown) {
  let child = await startChild(env)
  const { url } = child
  let state: MachineState = 'starts'
  let stoppedAt = 0
  let starting: Promise<void> | null = null
  /** What becomes of it when it ends; null: nobody has asked it to. */
  let becomes: 'sleeps' | 'gone' | null = null
  runs()

  function runs() {
    state = 'runs'
    child.process.once('exit', (code) => {
      stoppedAt = performance.now()
      // Otherwise it has left by itself, as one with nobody there does, or somebody has ended it.
      const hasDied = becomes === null && code !== 0
      state = becomes ?? 'sleeps'
      becomes = null
      if (hasDied) start('starts').then(onRestart, () => {})
    })
  }

  /** All who ask meanwhile wait for the same start. One that ends before it listens is let sleep; Fly tries ten times. @throws then */
  async function start(as: 'starts' | 'wakes'): Promise<void> {
    if (state !== 'sleeps' && state !== 'gone') {
      await starting
      return
    }
    state = as
    starting = startChild({ ...env, PORT: new URL(url).port })
      .then(
        (started) => {
          child = started
          runs()
        },
        (cause: unknown) => {
          state = 'sleeps'
          throw cause
        }
      )
      .finally(() => (starting = null))
    return starting
  }

  const hasProcess = () => state === 'runs' || state === 'stalled' || state === 'stops'

  return {
    url,
    state: () => state,
    /** Of its process, while there is one. */
    pid: () => (hasProcess() ? (child.process.pid ?? null) : null),
    /** What the edge may do with it. */
    onDemand: {
      stoppedMs: () => (state === 'sleeps' || state === 'wakes' ? performance.now() - stoppedAt : null),
      start: () => start('wakes')
    },
    start: () => start('starts'),
    /** SIGTERM: it shows its people the way to others first. */
    async drain(then: 'sleeps' | 'gone') {
      if (state !== 'runs') return
      becomes = then
      state = 'stops'
      await child.end('SIGTERM')
    },
    /** SIGKILL. `null`: the platform has to do with it as with any that dies. */
    async kill(then: 'gone' | null) {
      if (!hasProcess()) return
      becomes = then
      await child.end('SIGKILL')
    },
    stall() {
      if (state === 'runs' && child.process.kill('SIGSTOP')) state = 'stalled'
    },
    resume() {
      if (state === 'stalled' && child.process.kill('SIGCONT')) state = 'runs'
    },
    async close() {
      becomes = 'gone'
      await starting?.catch(() => {})
      await child.end('SIGKILL')
    }
  }
}
