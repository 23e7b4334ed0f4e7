import { expect, test } from 'vitest'
import { LOBBY } from '../contract.ts'
import { GUEST_PAGE, OWN_PAGE, STRANGERS_PAGE, openApp } from './app.harness.ts'

async function open() {
  const door = await openApp()
  const [ana, bea] = [await door.signIn('Ana'), await door.signIn('Bea')]
  await door.ask('POST', '/api/rooms', { token: ana.token, body: { title: 'Books' } })
  await door.arrive(ana)
  await door.arrive(ana, 'books')
  await door.arrive(bea, 'books')
  return { ...door, ana, bea }
}

const two = { count: 2, about: false, regions: { waw: 2 } }
const one = { count: 1, about: false, regions: { waw: 1 } }

test('everybody may know how many are here and where, each person once', async () => {
  const { ask } = await open()
  for (const headers of [{}, OWN_PAGE, GUEST_PAGE, STRANGERS_PAGE] as Record<string, string>[]) {
    const answer = await ask('GET', '/api/presence', { headers })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=2')
    expect(await answer.json()).toEqual({ everywhere: two, lobby: one, stale: false })
  }
})

test('names are for the people of that room', async () => {
  const { ask, ana, bea } = await open()
  const inRoom = await ask('GET', '/api/presence?room=books', { token: bea.token })
  expect(inRoom.headers.get('access-control-allow-origin')).toBeNull()
  expect(inRoom.headers.get('cache-control')).toBe('no-store')
  const { people, ...totals } = (await inRoom.json()) as { people: { name: string }[] }
  expect(people.map(({ name }) => name).toSorted()).toEqual(['Ana', 'Bea'])
  expect(totals).toEqual(two)
  expect(await (await ask('GET', `/api/presence?room=${LOBBY}`, { token: bea.token })).json()).toEqual(one)
  expect(await (await ask('GET', `/api/presence?room=${LOBBY}`, { token: ana.token })).json()).toMatchObject({
    people: [{ name: 'Ana' }]
  })
})

test('of a room nobody is in there is nothing to tell, whether it is there or not', async () => {
  const { ask, ana } = await open()
  const answer = await ask('GET', '/api/presence?room=nowhere', { token: ana.token })
  expect(await answer.json()).toEqual({ count: 0, about: false, regions: {} })
})

test.each([
  ['nobody', {}],
  ['a forger', { token: 'forged' }],
  ['a guest’s page', { headers: GUEST_PAGE, token: true }],
  ['a stranger’s page', { headers: STRANGERS_PAGE, token: true }]
])(
  '%s learns nothing of a room',
  async (_who, { token, ...more }: { token?: string | boolean; headers?: Record<string, string> }) => {
    const { ask, bea } = await open()
    const given = token === true ? bea.token : token
    const answer = await ask('GET', '/api/presence?room=books', { ...more, ...(given && { token: given }) })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toEqual({ reason: 'sign-in', message: 'Sign in first' })
  }
)

test.each(['', 'No such', '__proto__', '../lobby', 'a'.repeat(65)])('%j is no room', async (room) => {
  const { ask, ana } = await open()
  const answer = await ask('GET', `/api/presence?room=${encodeURIComponent(room)}`, { token: ana.token })
  expect(answer.status).toBe(400)
  expect(await answer.json()).toEqual({ reason: 'bad-request', message: 'room must be a room id' })
})
