// The image, as far as it can be made without a container engine: the Dockerfile's steps in an empty folder, by somebody without
// rights; then its program, alone with what the last stage holds, asked for everything there is.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ChildServer } from '../child.ts'
import { closeClients, connectClient, connectNative } from '../clients.ts'
import { makeImage, type Image } from './image.ts'
import { readToml } from './plain-files.ts'
import { LOBBY, newId } from '../../../src/contract.ts'

const MADE_WITHIN_MS = 180_000
const ROOT = join(import.meta.dirname, '../../..')
const stopSignal = readToml(readFileSync(join(ROOT, 'fly.toml'), 'utf8'))['kill_signal'] as NodeJS.Signals

let image: Image
beforeAll(async () => {
  const started = performance.now()
  image = await makeImage()
  const steps = Object.entries(image.seconds).map(([step, seconds]) => `  ${step}: ${seconds.toFixed(1)} s`)
  console.log([`the image was made in ${((performance.now() - started) / 1_000).toFixed(1)} s`, ...steps].join('\n'))
}, MADE_WITHIN_MS)
afterAll(() => image.remove())
afterEach(closeClients)

describe('the image', () => {
  test('holds the program and a folder for its data, and nothing it was made from', async () => {
    expect(await readdir(image.folder)).toEqual(['data', 'dist'])
    expect(await readdir(join(image.folder, 'data'))).toEqual([])
  })

  test('runs on the Node of the lockfile', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string }>
    }
    const here = `${process.platform}-${process.arch}`
    const pinned = packages[`node_modules/node-${here}`] ?? packages[`node_modules/node-bin-${here}`]
    const node = execFileSync(join(image.folder, 'dist/node'), ['--version'], { encoding: 'utf8' }).trim()
    expect(node).toBe(`v${pinned?.version}`)
  })

  test('brings compiled code that fits its Node, wherever and by whomever it was made', () => {
    const program = `const { script } = await import('./dist/server.js'); console.log(script.cachedDataRejected); process.exit()`
    const rejected = execFileSync(join(image.folder, 'dist/node'), ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      cwd: image.folder,
      // Of a chat that needs no folder, and ends before it has reached anybody.
      env: {
        PORT: '0',
        REDIS_URL: 'redis://127.0.0.1:1',
        SESSION_SECRET: 'a secret of a chat that ends at once, long enough'
      },
      ...image.user
    })
    expect(rejected).toBe('false\n')
  })

  test('lets its user write into that folder alone', async ({ skip }) => {
    if (!image.user) skip('only root may become somebody else')
    const entries = await readdir(image.folder, { recursive: true })
    const owners = await Promise.all(entries.map(async (path) => [path, (await stat(join(image.folder, path))).uid]))
    expect(owners.filter(([, uid]) => uid !== 0)).toEqual([['data', image.user?.uid]])
  })
})

describe('its program', () => {
  let server: ChildServer
  beforeAll(async () => {
    server = await image.start()
  })
  afterAll(() => server.end('SIGKILL'))

  test.each([
    ['GET', '/', 200],
    ['GET', '/manifest.json', 404],
    ['GET', '/health/live', 200],
    ['GET', '/health/ready', 200],
    ['GET', '/metrics', 404],
    ['GET', '/api/messages', 200],
    ['GET', '/api/rooms', 200],
    ['GET', `/api/rooms/${LOBBY}/messages`, 200],
    ['GET', '/api/presence', 200],
    ['GET', '/api/session', 401],
    ['GET', '/api/nothing', 404],
    ['GET', '/nothing', 404],
    ['DELETE', `/api/messages/${newId()}`, 404],
    ['PUT', '/api/messages', 405],
    ['GET', '/socket.io/socket.io.js', 200],
    ['GET', '/socket.io/socket.io.min.js', 200],
    ['GET', '/socket.io/socket.io.esm.min.js', 200],
    ['GET', '/socket.io/socket.io.msgpack.min.js', 200],
    ['GET', '/socket.io/socket.io.js.map', 404],
    ['GET', '/socket.io/socket.io.esm.min.js.map', 404],
    ['GET', '/socket.io/', 400],
    ['GET', '/socket.io/?EIO=3&transport=polling', 400],
    ['GET', '/socket.io/?EIO=4&transport=polling', 200],
    ['GET', '/socket.io/?EIO=4&transport=polling&sid=unknown', 400],
    ['POST', '/socket.io/?EIO=4&transport=polling&sid=unknown', 400],
    ['GET', '/socket.io/?EIO=4&transport=websocket', 400],
    ['OPTIONS', '/socket.io/?EIO=4&transport=polling', 400]
  ])('%s %s answers %d and goes on', async (method, path, status) => {
    const answer = await fetch(server.url + path, { method })
    await answer.arrayBuffer()
    expect([path, answer.status]).toEqual([path, status])
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200)
  })

  test('serves the page with all that it asks for', async () => {
    const page = await (await fetch(server.url)).text()
    const asked = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = '']) => path)
    const answers = await Promise.all(asked.map(async (path) => [path, (await fetch(server.url + path)).status]))
    expect(asked.length).toBeGreaterThan(2)
    expect(answers).toEqual(asked.map((path) => [path, 200]))
  })

  test('is a whole chat, ends on the signal Fly sends, and knows at its next start what was said', async () => {
    const native = await connectNative(server.url, 'Ana')
    await native.ask('room:open', { room: LOBBY })
    const guest = await connectClient(server.url)
    guest.emit('message', { username: 'User', content: 'from the outside' })
    await native.next('room:events')
    expect(await guest.next('message')).toMatchObject({ content: 'from the outside' })

    expect(await server.end(stopSignal)).toBe(0)
    server = await image.start()
    const kept = (await (await fetch(`${server.url}/api/messages`)).json()) as { content: string }[]
    expect(kept.map(({ content }) => content)).toEqual(['from the outside'])
  })
})
