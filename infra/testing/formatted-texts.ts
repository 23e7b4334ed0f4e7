// Texts that are hard to format: repetitions and mixtures of everything that means something in Markdown, the same in every run.

import { seeded } from './fuzz-values.ts'

const SEED = 20_261_126
const SIGNS =
  '* ** *** _ __ ~ ~~ ` `` ``` ~~~ || | \\ \\* [ ]( ] ) ( ![ < > >> --- === &amp; & " \' ! { } $ ^ @ . <a <!-- [a](b [a]: http:// https://e.x/ [a](https://e.x) www. a@b.c a ab 1 ¯ é 字 😀'
const SPACED = [
  '```\n',
  '\t',
  '\n',
  '\n\n',
  '  \n',
  '\r',
  '\u00a0',
  ' ',
  '    ',
  '> ',
  '- ',
  '* ',
  '+ ',
  '1. ',
  '10) ',
  '# ',
  'some text '
]
const ATOMS = [...SIGNS.split(' '), ...SPACED]

/** As many texts of this length, in characters. */
export function* hardTexts(count: number, length: number): Generator<string> {
  const { below, pick } = seeded(SEED)
  const filled = (atoms: readonly string[], to: number) => atoms.join('').repeat(to).slice(0, to)
  for (let n = 0; n < count; n++) {
    const atoms = Array.from({ length: 1 + below(n % 2 === 0 ? 4 : ATOMS.length) }, () => pick(ATOMS))
    if (n % 3 === 0) yield filled(atoms, length)
    else if (n % 3 === 1) yield filled(atoms.slice(0, 2), length / 2) + filled(atoms.slice(-2), length / 2)
    else {
      let text = ''
      while (text.length < length) text += pick(atoms)
      yield text.slice(0, length)
    }
  }
}

/** Milliseconds of this thread's processor time; the least of a few runs if it is more than `enough`. */
export function cpuMs(work: () => unknown, enough: number): number {
  let least = Infinity
  for (let tries = 0; tries < 4 && least > enough; tries++) {
    const before = process.threadCpuUsage()
    work()
    const { user, system } = process.threadCpuUsage(before)
    least = Math.min(least, (user + system) / 1_000)
  }
  return least
}
