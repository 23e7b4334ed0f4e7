// What the tests need beside npm's packages: a Redis, a Chromium, proxies, and Debian's Socket.IO client for Python, an implementation
// that isn't ours. Found where it is; installed with apt where that may be done; else a sentence says what to install.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The system's own Python: Debian's packages are only there. */
export const PYTHON = '/usr/bin/python3'
const HEADLESS = 'chromium-headless-shell'

export interface Need {
  what: string
  packages: readonly string[]
  isThere(): boolean
  /** Another program does as well where this one can't be installed. */
  isReplaced?(): boolean
}

const needs: readonly Need[] = [
  { what: 'redis-server or valkey-server', packages: ['redis-server'], isThere: () => redisServer() !== null },
  {
    // The same browser without its windows: the tests take half the processor time with it.
    what: 'Chromium',
    packages: [HEADLESS],
    isThere: () => find(HEADLESS) !== null,
    isReplaced: () => chromium() !== null
  },
  ...['nginx', 'caddy', 'openssl'].map((name) => ({
    what: name,
    packages: [name],
    isThere: () => find(name) !== null
  })),
  {
    what: `python-socketio for ${PYTHON}, with both transports`,
    // Its transports are only suggested by Debian.
    packages: ['python3', 'python3-socketio', 'python3-requests', 'python3-websocket'],
    isThere: () => existsSync(PYTHON) && run(PYTHON, ['-c', 'import socketio, requests, websocket'])
  }
]

/** Path of a Redis or Valkey server program, or null. */
export const redisServer = () => find('redis-server', 'valkey-server')

/** Path of a Chromium or Chrome, or null. */
export const chromium = () => find(HEADLESS, 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')

/** Path of the first of these programs that is there, or null. */
export function find(...names: string[]): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/usr/local/bin']
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram) ?? null
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Installs what is missing where this may be done (root, and apt-get is there).
 * @throws Error with one sentence that says what to install by hand
 */
export function meetNeeds(wanted = needs, install = mayInstall() ? withApt : null): void {
  const missing = wanted.filter((need) => !need.isThere())
  if (missing.length === 0) return
  install?.(missing.flatMap((need) => need.packages))

  const still = missing.filter((need) => !need.isThere() && !need.isReplaced?.())
  if (still.length === 0) return
  const packages = still.flatMap((need) => need.packages).join(' ')
  throw new Error(
    `The tests need ${still.map((need) => need.what).join(', ')}: install ${packages} (Debian: sudo apt-get install ${packages}).`
  )
}

const mayInstall = () => process.getuid?.() === 0 && find('apt-get') !== null

function withApt(packages: readonly string[]): void {
  console.log(`installing ${packages.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  // An update that fails for one source may still have what is needed.
  run('apt-get', ['-qq', 'update'], env)
  run('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', ...packages], env)
}

function run(program: string, args: readonly string[], env = process.env): boolean {
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' })
  if (status !== 0 && program === 'apt-get') console.error(`${stdout}${stderr}`)
  return status === 0
}
