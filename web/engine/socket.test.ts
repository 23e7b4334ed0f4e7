import { afterEach, expect, test, vi } from 'vitest'
import { asking, makeSocket } from './socket.ts'

afterEach(() => void vi.useRealTimers())

test('an answer that takes half a minute counts; the end of the connection is an answer at once', async () => {
  vi.useFakeTimers()
  const socket = makeSocket(async () => undefined, 'http://localhost')
  const inside = socket as unknown as { packet(): void; onack(packet: object): void; onclose(reason: string): void }
  inside.packet = () => {}
  socket.connected = true
  const ask = asking(socket)
  const late = ask('room:leave', { room: 'tea' })
  const never = ask('room:leave', { room: 'milk' })
  await vi.advanceTimersByTimeAsync(30_000)
  inside.onack({ id: 0, data: [{ ok: true, value: null }] })
  expect(await late).toEqual({ ok: true, value: null })
  inside.onclose('transport close')
  expect(await never).toEqual({ ok: false, reason: 'unavailable' })
})
