import { expect, it } from 'vitest'
import { startTestServer } from '../../infra/testing/chat-server.ts'
import { closeClients, connectNative } from '../../infra/testing/clients.ts'
import { PERSON_ROOMS_MAX, newId } from '../contract.ts'

it('a person in more rooms than the limit reads and writes in all, and is shown again in a room that they reopen', async () => {
  const server = await startTestServer({ env: { RATE_BURST: '100000' } })
  const ana = await connectNative(server.url, 'Ana')
  const rooms: string[] = []
  for (let n = 0; n <= PERSON_ROOMS_MAX; n += 1) {
    // By different people, because one person can’t create so many.
    const name = `Maker ${n}`
    const maker = { person: { id: newId(), key: newId(), name, moderator: false }, name, address: name }
    rooms.push((await server.chat.createRoom(maker, `Room ${n}`)).id)
  }
  for (const room of rooms) await ana.ask('room:open', { room })
  const counted = () => rooms.filter((room) => server.people.view(room).count === 1)
  const [first = '', second = ''] = rooms
  expect(counted()).toEqual(rooms.slice(1))

  expect((await ana.ask('message:send', { room: first, id: newId(), text: 'still here' })).ok).toBe(true)
  await ana.next<{ room: string }>('room:events', ({ room }) => room === first)
  const opened = await ana.ask<{ people: { count: number } }>('room:open', { room: first })
  expect(opened).toMatchObject({ ok: true, value: { people: { count: 1 } } })
  expect(counted()).toEqual(rooms.filter((room) => room !== second))
  closeClients()
  await server.stop()
})
