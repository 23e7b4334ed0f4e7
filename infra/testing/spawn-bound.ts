// Programs of a test that end with it.
import { find } from '../dev/needs.ts'

/** What to spawn: where setpriv exists, the kernel ends that program with this process, even when this process is killed. */
export function bound(program: string, args: readonly string[] = []): [program: string, args: string[]] {
  const setpriv = find('setpriv')
  return setpriv ? [setpriv, ['--pdeathsig', 'KILL', program, ...args]] : [program, [...args]]
}
