// The bundle, as a container runs it: one file in an otherwise empty folder, asked for everything there is.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildServer, buildWeb } from './build.ts'
import { startChild, type ChildServer } from './testing/child.ts'
import { closeClients, connectClient, connectNative } from './testing/clients.ts'
import { LOBBY, newId } from '../src/contract.ts'

describe('the bundled server', { timeout: 60_000 }, () => {
  let folder: string
  let server: ChildServer
  beforeAll(async () => {
    const built = mkdtempSync(join(tmpdir(), 'taifas-built-'))
    await Promise.all([buildServer({ outFile: join(built, 'server.js') }), buildWeb({ outDir: join(built, 'web') })])
    // Moved after it was built: nothing in it may point back.
    folder = mkdtempSync(join(tmpdir(), 'taifas-bundle-'))
    cpSync(built, folder, { recursive: true })
    rmSync(built, { recursive: true })
    server = await startChild({ DATA_DIR: join(folder, 'data') }, [join(folder, 'server.js')])
  }, 60_000)
  afterAll(async () => {
    closeClients()
    expect(await server.end('SIGTERM')).toBe(0)
    rmSync(folder, { recursive: true, force: true })
  })

  it.each([
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
    ['GET', '/socket.io/socket.io.js.map', 200],
    ['GET', '/socket.io/socket.io.esm.min.js.map', 200],
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

  it('is a whole chat', async () => {
    const native = await connectNative(server.url, 'Ana')
    await native.ask('room:open', { room: LOBBY })
    const guest = await connectClient(server.url)
    guest.emit('message', { username: 'User', content: 'from the outside' })
    await native.next('room:events')
    expect(await guest.next('message')).toMatchObject({ content: 'from the outside' })
  })
})
