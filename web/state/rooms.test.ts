import { expect, test } from 'vitest'
import { LOBBY, type Answers, type Reply } from '../../src/contract.ts'
import { tabPlaces } from './places.ts'
import type { Ask } from '../engine/socket.ts'
import { keepRoomList } from './room-list.ts'
import { OPEN_ROOMS_MAX } from './open-rooms.ts'
import { keepRooms } from './rooms.ts'

test('a page with as many open rooms as it may have closes the one that was shown longest ago', () => {
  const stored = new Map<string, string>()
  const storage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key)
  } as Storage
  const rooms = keepRooms({
    ask: () => Promise.reject(new Error('the page is offline')),
    me: () => ({ id: 'me', key: 'me' }),
    places: tabPlaces('me', storage),
    moved() {}
  })
  const room = (n: number) => `room-${n}`
  rooms.show(LOBBY)
  for (let n = 0; n < OPEN_ROOMS_MAX + 20; n += 1) {
    rooms.show(room(n))
    // One that is used again and again stays.
    rooms.show(room(0))
  }
  rooms.show(room(OPEN_ROOMS_MAX))
  expect(rooms.open.value.size).toBe(OPEN_ROOMS_MAX)
  const open = [LOBBY, room(0), room(OPEN_ROOMS_MAX), room(1), room(21)].map((id) => rooms.open.value.has(id))
  expect(open).toEqual([true, true, true, false, false])
})

test('what happens while the list of rooms is on its way is in the list afterwards', async () => {
  const asked = Promise.withResolvers<Reply<Answers['room:list']>>()
  const ask = (() => asked.promise) as Ask
  const { list, refresh, added, removed } = keepRoomList({ ask, opened: () => undefined, refreshed() {} })
  const listed = refresh()
  const room = (id: string, rev = 0) => ({ id, title: `${id} ${rev}`, by: null, at: 0, people: 0, rev })
  for (const one of [room('tea'), room('cup', 1), room('milk')]) added(one)
  removed('milk')
  removed('cake')
  asked.resolve({ ok: true, value: { rooms: [room('cup'), room('milk'), room('cake')] } })
  await listed
  expect(list.value.map(({ title }) => title)).toEqual(['cup 1', 'tea 0'])
})
