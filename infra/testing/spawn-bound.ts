// Programs of a test that end with it.
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { find } from '../dev/needs.ts'

/** Starts a program. Where setpriv exists, the kernel ends it with this process, even when this process is killed. */
export function spawnBound(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const setpriv = find('setpriv')
  return setpriv ? spawn(setpriv, ['--pdeathsig', 'KILL', program, ...args], options) : spawn(program, args, options)
}
