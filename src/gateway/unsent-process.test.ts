// Hundreds of connections that send requests and never read, on every transport, against a process with a small heap and no rate limit.
import { connect } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { newFolder } from '../../infra/testing/folder.ts'
import { startChild, type ChildServer } from '../../infra/testing/child.ts'
import { signIn, request } from '../../infra/testing/clients.ts'
import { clientFrom } from '../../infra/testing/from-address.ts'
import { closeRaws, openRaw } from '../../infra/testing/raw-websocket.ts'
import { residentPeak } from '../../infra/testing/resident.ts'
import { until } from '../../infra/testing/until.ts'
import { LOBBY, WIRE_VERSION, newId } from '../contract.ts'

const HEAP_MB = 256
/** The heap, and buffers outside it. */
const RESIDENT_MAX_MB = 400
const CONNECTIONS = 300
const PAGES = [1, 2, 3]
/** The longest message: four bytes for each character. */
const LONGEST = '😀'.repeat(4_000)
const MESSAGES = 300
const OPEN = `420["room:open",{"room":"${LOBBY}"}]`
const page = (n: number) => `42${n}["room:before",{"room":"${LOBBY}","before":${MESSAGES + 1 - n},"limit":500}]`

const dataDir = newFolder()
let server: ChildServer
afterEach(async () => {
  closeRaws()
  await server.end('SIGKILL')
})

it('a process with a heap of 256 MB survives 900 clients that never read, and serves another address', async () => {
  const env = {
    DATA_DIR: dataDir,
    HOST: '127.0.0.1',
    RATE_BURST: '100000',
    RATE_PER_SECOND: '100000',
    LOG_LEVEL: 'info'
  }
  server = await startChild({ ...env, CONNECTIONS_PER_ADDRESS: '2000' }, [
    `--max-old-space-size=${HEAP_MB}`,
    'src/main.ts'
  ])
  const url = server.url.replace('localhost', '127.0.0.1')
  for (let each = 0; each < MESSAGES; each += 20)
    await Promise.all(
      Array.from({ length: 20 }, () =>
        request('POST', `${url}/api/messages`, { body: { username: 'Ana', content: LONGEST } })
      )
    )
  const { token } = await signIn(url, 'Cy')
  const hello = `40${JSON.stringify({ speaks: 'native', v: WIRE_VERSION, token })}`

  const ordinary = clientFrom('127.0.0.2', url)
  const session = await ordinary.signIn('Bo')
  const bo = await ordinary.connectNative(session?.token ?? '')
  const ask = (word: string, payload: unknown) => bo?.emitWithAck(word, payload) as Promise<{ ok: boolean } | undefined>
  expect(await ask('room:open', { room: LOBBY })).toMatchObject({ ok: true })

  const webSockets = Array.from({ length: CONNECTIONS }, async () => {
    const raw = await openRaw(url)
    raw.say(hello)
    await until('a hello', () => raw.received.length > 1 || raw.tcp.destroyed)
    raw.say(OPEN)
    await until('an answer', () => raw.received.length > 2 || raw.tcp.destroyed)
    raw.tcp.pause()
    for (const nth of PAGES) raw.say(page(nth))
  })
  const polls = Array.from({ length: CONNECTIONS }, async () => {
    const path = `${url}/socket.io/?EIO=4&transport=polling`
    const sid = /"sid":"([^"]+)"/.exec(await (await fetch(path)).text())?.[1]
    const post = (body: string) => fetch(`${path}&sid=${sid}`, { method: 'POST', body }).catch(() => null)
    await post(hello)
    await post(OPEN)
    await post(PAGES.map(page).join('\u001e'))
  })
  const requests = Array.from({ length: CONNECTIONS }, () => {
    const tcp = connect(Number(new URL(url).port), '127.0.0.1')
    tcp.on('error', () => {})
    tcp.pause()
    tcp.write('GET /api/messages HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(PAGES.length))
    return tcp
  })

  const attempts = Promise.allSettled([...webSockets, ...polls])
  for (let each = 0; each < 10; each += 1) {
    const sent = await ask('message:send', { room: LOBBY, id: newId(), text: `well ${each}` })
    expect(sent).toMatchObject({ ok: true })
  }
  await attempts
  expect(await ask('room:before', { room: LOBBY, before: MESSAGES, limit: 50 })).toMatchObject({ ok: true })
  expect(server.process.exitCode).toBeNull()
  const peakMb = Math.round(residentPeak(server.process.pid ?? 0) / 1e6)
  const cut = server.printed().split('a slow reader was cut').length - 1
  console.log(`${3 * CONNECTIONS} clients that never read: ${peakMb} MB at most, ${cut} of them cut`)
  expect(peakMb).toBeLessThan(RESIDENT_MAX_MB)
  for (const tcp of requests) tcp.destroy()
  bo?.disconnect()
}, 120_000)
