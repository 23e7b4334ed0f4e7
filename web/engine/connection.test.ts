import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openConnection, SILENT_MS } from './connection.ts'
import type { ChatSocket } from './socket.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A socket whose events and connections the test controls. */
function setUp({ random = () => 0, isReachable = true }: { random?: () => number; isReachable?: boolean } = {}) {
  const handlers = new Map<string, (payload: unknown) => void>()
  const closed: number[] = []
  let connections = 0
  let attempts = 0
  let isDown = false
  const socket = {
    connected: false,
    io: { engine: { close: () => {} } },
    on: (event: string, handler: (payload: unknown) => void) => handlers.set(event, handler),
    connect() {
      attempts += 1
      if (isDown) {
        setTimeout(() => emit('connect_error', new Error('down')), 10)
        return
      }
      const number = ++connections
      socket.connected = true
      socket.io.engine = {
        close() {
          closed.push(number)
          socket.connected = false
          emit('disconnect')
        }
      }
      emit('server:hello', {})
    },
    disconnect: () => (socket.connected = false)
  }
  const emit = (event: string, payload: unknown = {}) => handlers.get(event)?.(payload)
  const connection = openConnection(
    socket as unknown as ChatSocket,
    { online: () => {}, offline: () => {}, signIn: () => {}, isReachable: async () => isReachable },
    random
  )
  connection.start()
  return {
    connection,
    emit,
    closed,
    socket,
    attempts: () => attempts,
    /** Whether new connections fail. The present one stays. */
    cut: (on: boolean) => (isDown = on),
    /** The network fails for a time, and the server has closed the connection. */
    async failFor(ms: number) {
      isDown = true
      socket.connected = false
      emit('disconnect')
      await vi.advanceTimersByTimeAsync(ms)
      isDown = false
    }
  }
}

test('an instance that is about to stop names the moment at which the client moves', async () => {
  const { emit, closed } = setUp()
  emit('server:moving', { afterMs: 5_000 })
  await vi.advanceTimersByTimeAsync(4_999)
  expect(closed).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(closed).toEqual([1])
})

test('a connection that has already moved is not closed by the request to move', async () => {
  const { connection, emit, closed, socket } = setUp()
  emit('server:moving', { afterMs: 5_000 })
  connection.reconnect()
  await vi.advanceTimersByTimeAsync(10_000)
  expect([closed, socket.connected]).toEqual([[1], true])
})

test('after an outage of 5 s every client is back before the server shows it as gone', async () => {
  const backAfterMs: number[] = []
  for (let n = 0; n < 300; n += 1) {
    const { connection, failFor } = setUp({ random: Math.random })
    await failFor(5_000)
    let ms = 5_000
    for (; !connection.online.value; ms += 10) await vi.advanceTimersByTimeAsync(10)
    backAfterMs.push(ms)
    connection.close()
  }
  const p99 = backAfterMs.toSorted((a, b) => a - b)[296] ?? 0
  console.log(`back after ${p99} ms (p99) when the network was gone for 5,000 ms`)
  expect(Math.max(...backAfterMs)).toBeLessThan(6_000)
})

test.each([
  [true, 'no-websocket'],
  [false, 'reconnecting']
])(
  'when connections fail for long, the page asks whether the server answers: %s is %s',
  async (isReachable, problem) => {
    const { connection, failFor } = setUp({ isReachable })
    await failFor(5_000)
    expect(connection.problem.value).toBe('reconnecting')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(connection.problem.value).toBeNull()
    await failFor(20_000)
    expect(connection.problem.value).toBe(problem)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(connection.problem.value).toBeNull()
    connection.close()
  }
)

test('a device that loses its network says so after 2 s, though its connection looks alive, if the server is out of reach', async () => {
  const { connection, cut } = setUp()
  connection.networkLost()
  await vi.advanceTimersByTimeAsync(SILENT_MS)
  expect(connection.online.value).toBe(true)
  cut(true)
  connection.networkLost()
  await vi.advanceTimersByTimeAsync(SILENT_MS)
  expect(connection.problem.value).toBe('no-network')
  cut(false)
  connection.retryNow()
  expect([connection.problem.value, connection.online.value]).toEqual([null, true])
  connection.close()
})

test('a long outage gets fewer and fewer attempts', async () => {
  const { connection, failFor, attempts } = setUp({ random: () => 0.5 })
  await failFor(10_000)
  const early = attempts()
  await failFor(10 * 60_000)
  expect(early).toBeLessThan(25)
  expect(attempts() - early).toBeLessThan(120)
  connection.close()
})
