// What the deploy guide names, against what there is.
import { settings } from '../../../src/process/settings.ts'

/** The way from nothing to three regions is to be short. */
const COMMANDS_BELOW = 10
/** Of Upstash's console, and made by Fly. */
const KINDS_OF_REDIS = 2

/** Commands of `fly` with the options that its reference (fly.io/docs/flyctl) has for them, as far as the guide needs them. */
const FLY_COMMANDS: Record<string, readonly string[]> = {
  'apps create': [],
  'auth login': [],
  'certs add': [],
  'certs check': [],
  'checks list': [],
  'config validate': ['--strict'],
  deploy: ['--ha', '--image', '--strategy'],
  logs: [],
  'machine destroy': ['--force'],
  'redis create': ['--name', '--region', '--no-replicas', '--disable-eviction'],
  'redis dashboard': [],
  releases: ['--image'],
  'scale count': ['--region', '--max-per-region'],
  'scale vm': [],
  'secrets import': ['--stage'],
  'secrets list': [],
  'secrets set': ['--stage'],
  status: [],
  'volumes create': ['--snapshot-id', '--region', '--size'],
  'volumes destroy': [],
  'volumes list': [],
  'volumes snapshots create': [],
  'volumes snapshots list': []
}

export interface Surroundings {
  scripts: Record<string, string>
  /** Names of all metrics the chat tells, without the parts of histograms. */
  metrics: readonly string[]
  /** Where the image keeps its data. */
  dataDir: string
  isFile(path: string): boolean
}

/** A sentence for everything in the guide that isn't so. */
export function* troubles(guide: string, { scripts, metrics, dataDir, isFile }: Surroundings): Iterable<string> {
  const ways = section(guide, 'From nothing to three regions').map(commandsIn)
  if (ways.length !== KINDS_OF_REDIS) yield `${ways.length} ways for ${KINDS_OF_REDIS} kinds of Redis`
  for (const commands of ways) if (commands.length >= COMMANDS_BELOW) yield `${commands.length} commands are too many`

  for (const [name] of guide.matchAll(/\b[A-Z]+(?:_[A-Z]+)+\b/g)) if (!(name in settings)) yield `no variable ${name}`
  for (const [, name = ''] of guide.matchAll(/npm run (\w+)/g)) if (!(name in scripts)) yield `no script ${name}`
  for (const name of watched(guide)) if (!metrics.includes(name)) yield `no metric ${name}`
  for (const command of flyCommands(guide)) yield* flyTrouble(command)
  for (const [, path = ''] of guide.matchAll(/\]\(([^):#]+)\)/g)) if (!isFile(path)) yield `no file ${path}`
  for (const [, anchor = ''] of guide.matchAll(/\]\(#([^)]+)\)/g))
    if (!headings(guide).includes(anchor)) yield `no section ${anchor}`
  for (const [, folder = ''] of guide.matchAll(/(?:destination = "|--volume taifas:)([\w/]+)/g))
    if (folder !== dataDir) yield `a volume at ${folder} holds nothing`
}

/** Blocks of shell in a section. */
function section(guide: string, heading: string): string[] {
  const [, text = ''] = guide.split(`\n## ${heading}\n`)
  const [own = ''] = text.split('\n## ')
  return [...own.matchAll(/```sh\n([^]*?)```/g)].map(([, block = '']) => block)
}

/** A line that ends with a backslash goes on in the next. */
const commandsIn = (block: string) => block.replaceAll('\\\n', '').split('\n').filter(Boolean)

const headings = (guide: string) =>
  [...guide.matchAll(/^##+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w ]/g, '')
      .replaceAll(' ', '-')
  )

/** Metrics stand at the beginning of a table's row. */
const watched = (guide: string) => [...guide.matchAll(/^\| `((?:taifas|nodejs)_\w+)`/gm)].map(([, name = '']) => name)

const flyCommands = (guide: string) =>
  [...guide.replaceAll('\\\n', '').matchAll(/(?:^|`)fly ([^`\n]+)/gm)].map(([, command = '']) => command)

function* flyTrouble(command: string): Iterable<string> {
  const [name, options] = Object.entries(FLY_COMMANDS).find(([known]) => `${command} `.startsWith(`${known} `)) ?? []
  if (options === undefined) yield `no command fly ${command}`
  for (const [option] of command.matchAll(/--[\w-]+/g))
    if (options?.includes(option) === false) yield `fly ${name} has no ${option}`
}
