// What the image contains, without a container engine: the program as `npm run build` makes it, alone in a folder, run by a user
// without rights, with the command and the variables of the Dockerfile.
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newFolder } from '../folder.ts'
import { LOBBY, newId } from '../../../src/contract.ts'
import { buildServer, compileServer } from '../../build/build-server.ts'
import { startChild, type ChildServer } from '../child.ts'
import { closeClients, connectClient, connectNative } from '../clients.ts'
import { builtPage } from '../web-build.ts'
import { imageCommand, imageSays, imageVariables, readFly } from './files.ts'

const BUILT_WITHIN_MS = 90_000

const folder = newFolder()
const dataDir = join(folder, 'data')
const [uid = 0, gid = 0] = (imageSays('USER') ?? '').split(':').map(Number)
/** Only root can become another user. */
const user = process.getuid?.() === 0 ? { uid, gid } : {}
const [node = '', ...program] = imageCommand()

function start(DATA_DIR = dataDir): Promise<ChildServer> {
  const env = { ...imageVariables(), PORT: '0', DATA_DIR, PATH: '' }
  return startChild(env, program, { node: join(folder, node), cwd: folder, ...user })
}

let server: ChildServer
beforeAll(async () => {
  mkdirSync(join(folder, 'dist'))
  copyFileSync(process.execPath, join(folder, node))
  const [outFile] = await Promise.all([
    buildServer({ outFile: join(folder, 'dist/server.js') }),
    builtPage(folder).then((webDir) => cpSync(webDir, join(folder, 'dist/web'), { recursive: true }))
  ])
  await compileServer(outFile)
  mkdirSync(dataDir, { mode: 0o700 })
  chmodSync(folder, 0o755)
  if (user.uid !== undefined) chownSync(dataDir, uid, gid)
  server = await start()
}, BUILT_WITHIN_MS)
afterEach(closeClients)
afterAll(() => server.end('SIGKILL'))

describe('the program of the image', () => {
  test('uses its compiled code', () => {
    const check = `const { script } = await import('./dist/server.js'); console.log(script.cachedDataRejected); process.exit()`
    const rejected = execFileSync(join(folder, node), [...program.slice(0, -1), '--input-type=module', '-e', check], {
      encoding: 'utf8',
      cwd: folder,
      // An instance without a folder, which ends before it reaches anyone.
      env: {
        PORT: '0',
        REDIS_URL: 'redis://127.0.0.1:1',
        SESSION_SECRET: 'a secret for one moment, long enough to be used'
      },
      ...user
    })
    expect(rejected).toBe('false\n')
  })

  test.each([
    ['GET', '/', 200],
    ['GET', '/manifest.json', 404],
    ['GET', '/health/live', 200],
    ['GET', '/health/ready', 200],
    ['GET', '/metrics', 404],
    ['GET', '/api/messages', 200],
    ['GET', `/api/rooms/${LOBBY}/messages`, 200],
    ['GET', '/api/session', 200],
    ['GET', '/nothing', 404],
    ['DELETE', `/api/messages/${newId()}`, 404],
    ['PUT', '/api/messages', 405],
    ['GET', '/socket.io/socket.io.js', 200],
    ['GET', '/socket.io/socket.io.esm.min.js', 200],
    ['GET', '/socket.io/socket.io.msgpack.min.js', 200],
    ['GET', '/socket.io/socket.io.js.map', 404],
    ['GET', '/socket.io/?EIO=3&transport=polling', 400],
    ['GET', '/socket.io/?EIO=4&transport=polling', 200],
    ['POST', '/socket.io/?EIO=4&transport=polling&sid=unknown', 400]
  ])('answers %s %s with %d and keeps running', async (method, path, status) => {
    const answer = await fetch(server.url + path, { method })
    await answer.arrayBuffer()
    expect([path, answer.status]).toEqual([path, status])
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200)
  })

  test('serves the page with all its files', async () => {
    const page = await (await fetch(server.url)).text()
    const paths = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = '']) => path)
    const answers = await Promise.all(paths.map(async (path) => [path, (await fetch(server.url + path)).status]))
    expect(paths.length).toBeGreaterThan(2)
    expect(answers).toEqual(paths.map((path) => [path, 200]))
  })

  test('stops at a store that another user owns, with the numbers of both', async () => {
    const dataDir = join(folder, 'theirs')
    mkdirSync(dataDir)
    writeFileSync(join(dataDir, 'taifas.sqlite'), '', { mode: user.uid === undefined ? 0 : 0o600 })
    if (user.uid !== undefined) chownSync(dataDir, uid, gid)
    const cause =
      user.uid === undefined
        ? 'its rights do not allow it'
        : `it belongs to user 0, and this process runs as user ${uid}`
    const ended = await start(dataDir).catch((error: unknown) => error)
    expect(ended).toMatchObject({ code: 1, printed: expect.stringContaining(cause) })
  })

  test('delivers messages, is backed up, ends on the signal that Fly sends, and has them after the next start', async () => {
    const native = await connectNative(server.url, 'Ana')
    await native.ask('room:open', { room: LOBBY })
    const course = await connectClient(server.url)
    course.emit('message', { username: 'User', content: 'from outside' })
    await native.next('room:events')
    expect(await course.next('message')).toMatchObject({ content: 'from outside' })

    const backup = [...program, 'backup', join(dataDir, 'backup')]
    const copied = execFileSync(join(folder, node), backup, {
      cwd: folder,
      env: { DATA_DIR: dataDir },
      encoding: 'utf8'
    })
    expect(copied).toContain('is a backup of')

    expect(await server.end(readFly().kill_signal as NodeJS.Signals)).toBe(0)
    server = await start()
    expect(await (await fetch(`${server.url}/api/messages`)).json()).toMatchObject([{ content: 'from outside' }])
  })
})
