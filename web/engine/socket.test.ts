import { afterEach, expect, test, vi } from 'vitest'
import { makeSocket } from './socket.ts'

afterEach(() => void vi.useRealTimers())

test('an answer counts after half a minute, or comes late; the end of the connection is an answer at once', async () => {
  vi.useFakeTimers()
  const { socket, ask, askSoon } = makeSocket({ token: async () => undefined, address: 'http://localhost' })
  const inside = socket as unknown as { packet(): void; onack(packet: object): void; onclose(reason: string): void }
  inside.packet = () => {}
  socket.connected = true
  const slow = ask('room:leave', { room: 'tea' })
  const late = vi.fn<() => void>()
  const soon = askSoon('room:leave', { room: 'tea' }, late)
  const never = ask('room:leave', { room: 'milk' })
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await soon).toEqual({ ok: false, reason: 'unavailable' })
  for (const id of [0, 1]) inside.onack({ id, data: [{ ok: true, value: null }] })
  expect(await slow).toEqual({ ok: true, value: null })
  expect(late).toHaveBeenCalledExactlyOnceWith({ ok: true, value: null })
  inside.onclose('transport close')
  expect(await never).toEqual({ ok: false, reason: 'unavailable' })
})
