// Programs of a test that end with it.
import { find } from '../dev/needs.ts'

/**
 * What to spawn: where setpriv exists, the kernel ends that program with this process, even when this process is killed.
 * @param signal TERM for a program that ends others at that signal only
 */
export function bound(
  program: string,
  args: readonly string[] = [],
  signal: 'KILL' | 'TERM' = 'KILL'
): [program: string, args: string[]] {
  const setpriv = find('setpriv')
  return setpriv ? [setpriv, ['--pdeathsig', signal, program, ...args]] : [program, [...args]]
}
