// Reads a Dockerfile as far as ours goes, and the .dockerignore that says what it is given.

export interface Step {
  word: string
  /** Everything after the word and its flags. */
  text: string
  flags: Record<string, string>
}

export interface Stage {
  name: string
  image: string
  steps: Step[]
}

/** @throws Error when a step stands before the first FROM */
export function readDockerfile(text: string): Stage[] {
  const stages: Stage[] = []
  for (const line of text.split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue
    const [, word = '', flags = '', rest = ''] = /^(\w+) ((?:--\S+ )*)(.*)$/.exec(line) ?? []
    if (word === 'FROM') {
      const [image = '', , name = String(stages.length)] = rest.split(' ')
      stages.push({ image, name, steps: [] })
      continue
    }
    const stage = stages.at(-1)
    if (!stage || word === '') throw new Error(`The Dockerfile has a line that is none: ${line}`)
    const pairs = [...flags.matchAll(/--([\w-]+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value])
    stage.steps.push({ word, text: rest, flags: Object.fromEntries(pairs) as Record<string, string> })
  }
  return stages
}

/** What the last step of a kind says. */
export const lastOf = ({ steps }: Stage, word: string) => steps.findLast((step) => step.word === word)?.text ?? null

/** Variables of all ENV steps. */
export function environmentOf({ steps }: Stage): Record<string, string> {
  const pairs = steps.filter(({ word }) => word === 'ENV').flatMap(({ text }) => text.split(' '))
  return Object.fromEntries(pairs.map((pair) => pair.split('=', 2))) as Record<string, string>
}

/** The words of a CMD in its exec form. @throws SyntaxError when it has the other form, that of a shell */
export const commandOf = (stage: Stage) => JSON.parse(lastOf(stage, 'CMD') ?? 'null') as string[]

/** Whether a path of the project is withheld from the build: the last pattern that fits it, or a folder above it, decides. */
export function readIgnore(text: string): (path: string) => boolean {
  const patterns = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .map((line) => ({ lets: line.startsWith('!'), fits: expression(line.replace(/^!/, '').trim()) }))
  return (path) => patterns.findLast(({ fits }) => fits.test(path))?.lets === false
}

function expression(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('**/', '(?:.+/)?')
    .replaceAll('*', '[^/]*')
  return new RegExp(`^${source}(?:/.*)?$`)
}
