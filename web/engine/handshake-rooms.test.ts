import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { HANDSHAKE_ROOMS_MAX } from '../../src/contract.ts'
import { UNAVAILABLE, handshakeRooms, type OpenRequest } from './handshake-rooms.ts'
import type { ChatSocket } from './socket.ts'

/** Until then every request goes to the server by itself. */
const LATER = undefined
const cursor = (seq: number) => ({ epoch: 'e', seq, id: '' })

function setUp(...requests: OpenRequest[]) {
  const socket = new EventEmitter()
  const rooms = handshakeRooms(socket as unknown as ChatSocket, () => requests)
  return { ...rooms, requests, emit: socket.emit.bind(socket) }
}

test('a request that went with the handshake gets its answer once; any other place in the log is another request', async () => {
  const { begin, take, emit, requests } = setUp({ room: 'tea', cursor: cursor(1) }, { room: 'milk' }, { room: 'milk' })
  expect(begin()).toEqual(requests)
  expect(take({ room: 'milk' })).toBe(LATER)
  emit('server:hello', { opening: 3 })
  expect(take({ room: 'tea', cursor: cursor(2) })).toBe(LATER)
  emit('room:opened', 1, { ok: false, reason: 'no-room' })
  const taken = [{ room: 'milk' }, { room: 'tea', cursor: cursor(1) }, { room: 'milk' }].map(take)
  emit('room:opened', 2, { ok: false, reason: 'too-fast' })
  emit('disconnect')
  const answers = [{ ok: false, reason: 'no-room' }, UNAVAILABLE, { ok: false, reason: 'too-fast' }]
  expect(await Promise.all(taken.map(async (one) => one))).toEqual(answers)
  expect(take({ room: 'milk' })).toBe(LATER)
})

test('an answer is for those who ask as soon as the hello is here: it is out of date for a room that is opened later', async () => {
  const { begin, take, emit } = setUp({ room: 'tea' })
  begin()
  emit('server:hello', { opening: 1 })
  await Promise.resolve()
  expect(take({ room: 'tea' })).toBe(LATER)
})

test('each handshake names the rooms anew; a server that opens fewer or none is asked for the others', () => {
  const { begin, take, emit, requests } = setUp({ room: 'tea' }, { room: 'milk' })
  begin()
  emit('server:hello', { opening: 1 })
  expect(requests.map(take)).toEqual([expect.any(Promise), LATER])
  emit('disconnect')
  requests.splice(0, 2, ...Array.from({ length: HANDSHAKE_ROOMS_MAX + 1 }, (_, n) => ({ room: `room-${n}` })))
  expect(begin()).toEqual(requests.slice(0, -1))
  emit('server:hello', {})
  expect(requests.map(take)).toEqual(requests.map(() => LATER))
})
