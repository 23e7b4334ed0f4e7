// A Dockerfile's steps without a container engine: each is taken in its order, in an otherwise empty folder, by somebody without
// rights. What only an engine can do is missing: the base images are this computer, and no walls stand around it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, lchown, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, join, relative, resolve } from 'node:path'
import { startChild, type ChildServer } from '../child.ts'
import { commandOf, environmentOf, lastOf, readDockerfile, readIgnore, type Stage, type Step } from './dockerfile.ts'

const PROJECT = resolve(import.meta.dirname, '../../..')
/** What this computer may need to reach npm's registry. */
const WAY_OUT = /^(node_extra_ca_certs|https?_proxy|no_proxy)$/i

export interface Image {
  /** The working folder of the last stage. */
  folder: string
  /** Whom its program runs as; null when that is us, who may not become somebody else. */
  user: { uid: number; gid: number } | null
  /** How long each RUN took. */
  seconds: Record<string, number>
  /** Runs its CMD with nothing but its own variables and these. */
  start(env?: Record<string, string>): Promise<ChildServer>
  remove(): Promise<void>
}

/** Makes infra/Dockerfile's image. @throws Error with what was printed, when a step fails */
export async function makeImage(): Promise<Image> {
  const stages = readDockerfile(await readFile(join(PROJECT, 'infra/Dockerfile'), 'utf8'))
  const isIgnored = readIgnore(await readFile(join(PROJECT, '.dockerignore'), 'utf8'))
  const last = stages.at(-1) as Stage
  const [uid = 0, gid = 0] = (lastOf(last, 'USER') ?? '').split(':').map(Number)
  const user = process.getuid?.() === 0 ? { uid, gid } : null
  const seconds: Record<string, number> = {}
  const all = await mkdtemp(join(tmpdir(), 'taifas-image-'))
  await chmod(all, 0o755)
  // Every stage is made at the same place and moved when it is done: nothing can point back into an earlier one.
  const root = join(all, 'root')
  let folder = root

  async function take({ word, text, flags }: Step) {
    if (word === 'WORKDIR') {
      folder = join(root, text)
      await mkdir(folder, { recursive: true })
    }
    if (word === 'COPY') {
      const sources = text.split(' ')
      const target = sources.pop() ?? ''
      for (const source of sources) await copy(source, target, flags)
    }
    if (word === 'RUN') {
      const started = performance.now()
      await run(text)
      seconds[text] = (performance.now() - started) / 1_000
    }
  }

  /** As an engine does it: what is in a folder and not the folder itself, and it belongs to root unless it is said otherwise. */
  async function copy(source: string, target: string, { from, chown = '0:0' }: Record<string, string>) {
    const origin = from === undefined ? join(PROJECT, source) : join(all, from, source)
    const intoFolder = target.endsWith('/') && !(await stat(origin)).isDirectory()
    const copied: string[] = []
    await cp(origin, resolve(folder, target, intoFolder ? basename(source) : ''), {
      recursive: true,
      verbatimSymlinks: true,
      filter(path, copy) {
        const given = from !== undefined || path === origin || !isIgnored(relative(PROJECT, path))
        if (given) copied.push(copy)
        return given
      }
    })
    const [owner = 0, group = 0] = chown.split(':').map(Number)
    if (user) for (const path of copied) await lchown(path, owner, group)
  }

  /** Only the working folder is lent: what root copied stays root's. */
  async function run(command: string) {
    const home = await mkdtemp(join(all, 'home-'))
    if (user) for (const path of [home, folder]) await lchown(path, user.uid, user.gid)
    const env = { ...wayOut(), PATH: systemPath(), HOME: home }
    // Without rights one can hand something over to oneself alone.
    const possible = user ? command : command.replaceAll(`${uid}:${gid}`, `${process.getuid?.()}:${process.getgid?.()}`)
    const child = spawn('sh', ['-c', possible], { cwd: folder, env, ...user, stdio: ['ignore', 'pipe', 'pipe'] })
    const printed: Buffer[] = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk))
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) throw new Error(`${command} ended with ${code}: ${Buffer.concat(printed).toString()}`)
    if (user) await lchown(folder, 0, 0)
  }

  for (const stage of stages) {
    await mkdir(root)
    for (const step of stage.steps) await take(step)
    if (stage !== last) await rename(root, join(all, stage.name))
  }

  const [node = '', ...program] = commandOf(last)
  const own = Object.entries(environmentOf(last)).map(([name, value]) => [
    name,
    value.startsWith('/') ? join(root, value) : value
  ])
  return {
    folder,
    user,
    seconds,
    start: (env = {}) =>
      startChild({ ...Object.fromEntries(own), PATH: '', PORT: '0', ...env }, program, { node, cwd: folder, ...user }),
    remove: () => rm(all, { recursive: true })
  }
}

const wayOut = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => WAY_OUT.test(name)))

/** Where programs are, without those of this project. */
const systemPath = () =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter)
