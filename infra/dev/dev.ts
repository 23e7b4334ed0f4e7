// `npm run dev`: the chat, started again whenever a server file is saved, and its web client, built again whenever one of its
// files is; open pages reload themselves (web/dev-reload.ts). A mistake in a saved file is shown, and the next save tried.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildWeb } from '../build/build.ts'

// Looked at rather than listened for: that misses no save, however an editor or a shared folder makes it.
const LOOK_EVERY_MS = 250
/** Time for the old server to drain before it is killed. What it acknowledged is stored either way. */
const GOODBYE_MS = 2_000

const ROOT = resolve(import.meta.dirname, '../..')
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort())

let seen = look()
await rebuild()
let server = start()
while (await waited()) {
  const now = look()
  const changed = [...new Set([...seen.keys(), ...now.keys()])].filter((file) => seen.get(file) !== now.get(file))
  seen = now
  if (changed.length === 0) continue
  console.log(`changed: ${changed.join(', ')}`)
  const ofClient = changed.some((file) => file.startsWith('web/') || /^src\/contract(\/|\.ts$)/.test(file))
  if (ofClient && !(await rebuild())) continue
  await stop(server)
  server = start()
}
await stop(server)

/** Every source file with what tells a save. Tests are no part of what runs. */
function look(): Map<string, string> {
  const files = ['src', 'web'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`)
  )
  const stamp = (file: string) => {
    const stat = statSync(join(ROOT, file), { throwIfNoEntry: false })
    return stat?.isFile() ? `${stat.mtimeMs} ${stat.size} ${stat.ino}` : null
  }
  const stamped = files
    .filter((file) => !/\.(test|contract|harness)\.tsx?$/.test(file))
    .map((file) => [file, stamp(file)] as const)
  return new Map(stamped.filter((entry): entry is [string, string] => entry[1] !== null))
}

async function rebuild(): Promise<boolean> {
  try {
    await buildWeb({ dev: true })
    return true
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return false
  }
}

function start(): ChildProcess {
  // Detached, so that Ctrl-C reaches it once, from here: a server takes a second signal for impatience. The channel tells it when
  // this process is gone, however that happened.
  const child = spawn(process.execPath, [join(ROOT, 'infra/build/start.ts'), '--as-built'], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true
  })
  child.once('exit', (code) => {
    if (code && !stopping.signal.aborted) console.error('The server ended; it is started again after the next save.')
  })
  return child
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const cut = setTimeout(() => child.kill('SIGKILL'), GOODBYE_MS)
  await gone
  clearTimeout(cut)
}

/** False once it is time to go. */
async function waited(): Promise<boolean> {
  await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {})
  return !stopping.signal.aborted
}
