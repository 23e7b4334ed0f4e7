import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openConnection } from './connection.ts'
import type { ChatSocket } from './socket.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A socket whose events and connections the test controls. */
function setUp() {
  const handlers = new Map<string, (payload: unknown) => void>()
  const closed: number[] = []
  let connections = 0
  const socket = {
    connected: false,
    io: { engine: { close: () => {} } },
    on: (event: string, handler: (payload: unknown) => void) => handlers.set(event, handler),
    connect() {
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
    { online: () => {}, offline: () => {}, signIn: () => {} },
    () => 0
  )
  connection.start()
  return { connection, emit, closed, socket }
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
