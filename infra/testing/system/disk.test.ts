// One process on a disk that is full, read-only or damaged: the operator reads the cause, and health checks fail while it lasts.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newFolder } from '../folder.ts'
import { LOBBY, newId } from '../../../src/contract.ts'
import { openSqliteLog } from '../../../src/log/sqlite/sqlite-log.ts'
import { startChild, type ChildPlace, type EndedError } from '../child.ts'
import { closeClients, connectClient, connectNative, request } from '../clients.ts'
import { runCommand } from '../operator.ts'

const isRoot = process.getuid?.() === 0
const DISK_BYTES = 4_000_000

const SERVER = [process.execPath, 'src/main.ts']

/** A server, and a small disk at its `path` that it alone sees: this needs no rights where people may have namespaces of their own. */
const withSmallDisk = (path: string, first = 'true', server: readonly string[] = SERVER) => ({
  node: 'unshare',
  program: [
    '-Urm',
    'sh',
    '-ec',
    `mount -t tmpfs -o size=${DISK_BYTES} tmpfs "$0"; ${first}; exec "$@"`,
    path,
    ...server
  ]
})
const mounting = withSmallDisk(tmpdir(), 'true', ['true'])
const mayMount = spawnSync(mounting.node, mounting.program).status === 0
if (!mayMount) console.log('Without a full disk: this user may not mount a file system (unshare -Urm).')

async function start(dataDir: string, place?: ChildPlace & { program: string[] }) {
  const server = await startChild({ DATA_DIR: dataDir }, place?.program, place)
  onTestFinished(() => void server.process.kill('SIGKILL'))
  onTestFinished(closeClients)
  return server
}
const failedStart = (dataDir: string, place?: ChildPlace & { program: string[] }) =>
  start(dataDir, place).then(
    () => 'it started',
    ({ code, printed }: EndedError) => `${code}: ${printed}`
  )

/** The disk as its server sees it. */
const seenBy = (pid: number | undefined, path: string) => join(`/proc/${pid}/root`, path, 'other')

function fill(path: string, pid: number | undefined) {
  try {
    writeFileSync(seenBy(pid, path), Buffer.alloc(DISK_BYTES))
  } catch {
    // As much of it as fits.
  }
}
const limit = (pid: number | undefined, bytes: string) =>
  execFileSync('prlimit', ['--pid', `${pid}`, `--fsize=${bytes}:`])

/** Ways to leave no space for a running server, its cause, and who meets it first. */
const outages = [
  {
    cause: 'files of this process may not grow further: raise its limit (ulimit -f) (EFBIG)',
    place: () => undefined,
    firsts: ['classic', 'native', 'course', 'http'] as const,
    begin: (_: string, pid: number | undefined) => limit(pid, '1'),
    end: (_: string, pid: number | undefined) => limit(pid, 'unlimited')
  },
  ...(mayMount
    ? [
        {
          cause: 'the disk is full: free some space on it (ENOSPC)',
          place: (path: string) => withSmallDisk(path),
          firsts: ['classic'] as const,
          begin: fill,
          end: (path: string, pid: number | undefined) => rmSync(seenBy(pid, path))
        }
      ]
    : [])
]

test.runIf(process.platform === 'linux').each(outages)(
  'an outage is one line with its cause and one at its end, whichever meets it first, and fails readiness: $cause',
  async ({ cause, place, firsts, begin, end }) => {
    const dataDir = newFolder()
    const server = await start(dataDir, place(dataDir))
    const ready = async () => {
      const answer = await fetch(`${server.url}/health/ready`)
      return [answer.status, ((await answer.json()) as { details: { store: string } }).details.store]
    }
    const native = await connectNative(server.url, 'Ana')
    await native.ask('room:open', { room: LOBBY })
    const [classic, course] = [await connectClient(server.url), await connectClient(server.url)]
    classic.emit('add-user', 'Di')
    await classic.next('login')
    const ways = {
      native: () => native.ask('message:send', { room: LOBBY, id: newId(), text: 'x' }),
      async http() {
        return (await request('POST', `${server.url}/api/messages`, { body: { username: 'Bo', content: 'x' } })).status
      },
      async course() {
        course.emit('message', { username: 'Cy', content: 'x' })
        return course.next('error')
      },
      /** Knows no refusal. */
      classic: async () => classic.emit('new-message', 'x')
    }
    expect(await ready()).toEqual([200, 'ok'])
    for (const first of firsts) {
      begin(dataDir, server.process.pid)
      await ways[first]()
      await expect.poll(ready).toEqual([503, 'unavailable'])
      await ways.classic()
      expect(await ways.http()).toBe(503)
      expect(await ways.native()).toEqual({ ok: false, reason: 'unavailable' })
      expect(await ways.course()).toMatchObject({ message: expect.stringContaining('cannot be reached right now') })
      // Reads go on, and end no outage.
      expect((await fetch(`${server.url}/api/messages`)).status).toBe(200)
      expect(await ready()).toEqual([503, 'unavailable'])
      end(dataDir, server.process.pid)
      await expect.poll(ready).toEqual([200, 'ok'])
      expect(await ways.native()).toMatchObject({ ok: true })
      expect(await ways.http()).toBe(201)
    }
    const warnings = server
      .printed()
      .split('\n')
      .filter((line) => /"level":"(warn|error)"/.test(line))
    const sentence: unknown = expect.stringContaining(`taifas.sqlite can't be used: ${cause}`)
    expect(warnings).toEqual(firsts.map(() => sentence))
    expect(server.printed().match(/The store answers again after \d+ s/g)).toHaveLength(firsts.length)
  },
  60_000
)

test('a start on a disk that refuses writes names the cause, and not the file', async () => {
  const dataDir = newFolder()
  const open = () => openSqliteLog({ path: join(dataDir, 'taifas.sqlite'), historyLimit: 100 })
  writeFileSync(join(dataDir, 'session-secret'), 'x'.repeat(40))
  await (await open()).close()
  const starts: Record<string, string> = {}
  if (process.platform === 'linux') {
    const program = ['--fsize=1:', process.execPath, 'src/main.ts']
    starts['(EFBIG)'] = await failedStart(dataDir, { node: 'prlimit', program })
  }
  if (mayMount) {
    const refused = (first: string) => failedStart(dataDir, withSmallDisk(dataDir, first))
    starts['the disk is full: free some space on it (ENOSPC)'] = await refused(
      'cat /dev/zero >"$0/other" 2>/dev/null || true'
    )
    starts['the file system is read-only'] = await refused('mount -t tmpfs -o ro tmpfs "$0"')
  }
  // Root may write whatever the rights say.
  if (!isRoot) {
    chmodSync(join(dataDir, 'taifas.sqlite'), 0o000)
    starts['its rights do not allow it: change them (chmod u+rw) (EACCES)'] = await failedStart(dataDir)
    chmodSync(dataDir, 0o500)
    starts['its rights do not allow it: change them (chmod u+rw) (EACCES)'] = await failedStart(dataDir)
    chmodSync(dataDir, 0o700)
  }
  for (const [cause, printed] of Object.entries(starts)) {
    expect(printed).toMatch(/^1: Taifas does not start with this configuration:\n- DATA_DIR can't be used: /)
    expect(printed).toContain(cause)
    expect(printed).not.toMatch(/move it away|\n\s+at /)
  }
  expect(Object.keys(starts)).not.toEqual([])
}, 60_000)

test('pages that are damaged while it runs are one line with the remedy, and not ready; a rescued file is served again', async () => {
  const dataDir = newFolder()
  const path = join(dataDir, 'taifas.sqlite')
  const log = await openSqliteLog({ path, historyLimit: 1_000 })
  const by = { id: null, name: 'Ana' }
  const text = 'x'.repeat(1_000)
  const send = () => log.append({ room: LOBBY, id: newId(), by, at: 0, kind: 'sent', text })
  await Promise.all(Array.from({ length: 200 }, send))
  await log.close()
  const server = await start(dataDir)
  const file = readFileSync(path)
  const PAGE_BYTES = 4_096
  const TABLE_LEAF = 0x0d
  for (let at = PAGE_BYTES; at < file.length / 2; at += PAGE_BYTES)
    if (file[at] === TABLE_LEAF) file.fill(0xff, at, at + 64)
  writeFileSync(path, file)
  for (let n = 0; n < 3; n += 1) expect((await fetch(`${server.url}/api/messages`)).status).toBe(500)
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(503)
  const errors = server
    .printed()
    .split('\n')
    .filter((line) => /"level":"(warn|error)"/.test(line))
  expect(errors).toEqual([expect.stringMatching(/taifas\.sqlite is damaged \(.*malformed\).*npm run rescue/)])
  await server.end('SIGKILL')
  expect(await failedStart(dataDir)).toMatch(/^1: .*taifas\.sqlite is damaged .*npm run rescue/)

  const { code, printed } = await runCommand(dataDir, 'rescue')
  expect([code, printed]).toEqual([0, expect.stringMatching(/taifas\.sqlite\.rescued has \d+ messages in 1 rooms/)])
  renameSync(`${path}.rescued`, path)
  const again = await start(dataDir)
  const messages = (await (await fetch(`${again.url}/api/messages`)).json()) as unknown[]
  expect(messages).toHaveLength(Number(/(\d+) messages/.exec(printed)?.[1]))
}, 60_000)
