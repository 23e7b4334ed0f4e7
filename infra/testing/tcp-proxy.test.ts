// The stretch of network itself: what it lets through, when, and what becomes of a connection on it.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openProxy, type Proxy } from './tcp-proxy.ts'

let server: Server
let proxy: Proxy
/** Everything the target has received. */
let received: string

beforeEach(async () => {
  received = ''
  // Says back what it receives.
  server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      received += bytes.toString()
      socket.write(bytes)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  proxy = await openProxy(`redis://127.0.0.1:${(server.address() as AddressInfo).port}/2`)
})
afterEach(async () => {
  await proxy.close()
  server.close()
})

async function open() {
  const socket = connect(proxy.port, '127.0.0.1')
  let echoed = ''
  const waiting = new Set<() => void>()
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    echoed += bytes.toString()
    for (const look of waiting) look()
  })
  await once(socket, 'connect')
  return {
    socket,
    closed: closed(socket),
    echoed: () => echoed,
    until: (text: string) =>
      new Promise<void>((done) => {
        const look = () => echoed === text && done()
        waiting.add(look)
        look()
      })
  }
}

const closed = (socket: Socket) => new Promise<void>((done) => socket.once('close', () => done()))

test('keeps the rest of the address', () => {
  expect(proxy.url).toBe(`redis://127.0.0.1:${proxy.port}/2`)
})

test('lets through both ways, in order, the end as well, and counts', async () => {
  const one = await open()
  for (let n = 0; n < 10; n += 1) one.socket.write(`${n}`)
  await one.until('0123456789')
  one.socket.end()
  await one.closed
  expect(proxy.passed).toEqual({ up: 10, down: 10 })
})

test('takes the delay each way, and keeps the order when it changes', async () => {
  const one = await open()
  proxy.delay(60)
  const start = performance.now()
  one.socket.write('slow ')
  // Both are on their way before the way becomes quick.
  await new Promise((done) => setTimeout(done, 20))
  proxy.delay(0)
  one.socket.write('quick')
  await one.until('slow quick')
  expect(received).toBe('slow quick')
  // A timer may be a millisecond early. The way back is quick.
  expect(performance.now() - start).toBeGreaterThanOrEqual(58)
  proxy.delay(40)
  const again = performance.now()
  one.socket.write('!')
  await one.until('slow quick!')
  expect(performance.now() - again).toBeGreaterThanOrEqual(78)
})

test('cut resets what is open and what is new, until it is mended', async () => {
  const one = await open()
  proxy.cut()
  await one.closed
  const two = connect(proxy.port, '127.0.0.1')
  two.on('error', () => {})
  await closed(two)
  proxy.mend()
  const three = await open()
  three.socket.write('back')
  await three.until('back')
  expect(received).toBe('back')
})

test('a hole is silent both ways; mending it resets who has lost bytes, and only those', async () => {
  const [loser, still] = [await open(), await open()]
  loser.socket.write('before')
  await loser.until('before')
  proxy.hole()
  loser.socket.write('lost')
  const stranger = await open()
  stranger.socket.write('lost too')
  // Until the bytes have come to the hole.
  await new Promise((done) => setTimeout(done, 50))
  expect([loser, stranger, still].map(({ socket }) => socket.destroyed)).toEqual([false, false, false])
  proxy.mend()
  await Promise.all([loser.closed, stranger.closed])
  still.socket.write('after')
  await still.until('after')
  expect(received).toBe('beforeafter')
})

test('a hole of the present connections leaves new ones alone', async () => {
  const lost = await open()
  proxy.holePresent()
  lost.socket.write('lost')
  const fresh = await open()
  fresh.socket.write('fresh')
  await fresh.until('fresh')
  expect([received, lost.socket.destroyed]).toEqual(['fresh', false])
  proxy.mend()
  await lost.closed
})

test('cuts after exactly so many bytes, for every number, on the connection that carries them', async () => {
  const text = 'twelve bytes'
  const other = await open()
  for (let n = 0; n <= text.length; n += 1) {
    const one = await open()
    const cut = proxy.cutAfterBytes(n, 'down')
    one.socket.write(text)
    await Promise.all([cut, one.closed])
    expect(one.echoed()).toBe(text.slice(0, n))
  }
  for (let n = 0; n <= text.length; n += 1) {
    received = ''
    const one = await open()
    const cut = proxy.cutAfterBytes(n, 'up')
    one.socket.write(text)
    await Promise.all([cut, one.closed])
    other.socket.write('.')
    await other.until('.'.repeat(n + 1))
    expect(received).toBe(`${text.slice(0, n)}.`)
  }
})

test('a reset of either side is passed on as one', async () => {
  const accepted: Socket[] = []
  server.on('connection', (socket) => accepted.push(socket))
  const [one, two] = [await open(), await open()]
  for (const { socket, until } of [one, two]) {
    socket.write('here')
    await until('here')
  }
  const [farOne, farTwo] = accepted as [Socket, Socket]
  const gone = closed(farOne)
  one.socket.resetAndDestroy()
  await gone
  farTwo.resetAndDestroy()
  await two.closed
  expect(proxy.connections).toBe(0)
})
