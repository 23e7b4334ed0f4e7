import { expect, it } from 'vitest'
import { createPresenceMemory } from './presence-memory.ts'
import { lease, presenceContract } from './presence.contract.ts'

let now = 1_000_000
let store = createPresenceMemory(() => now)

presenceContract('memory', {
  open: () => store,
  async clear() {
    store = createPresenceMemory(() => now)
  },
  async pass(ms) {
    now += ms
  }
})

it('nobody shares an object with the store', async () => {
  const mine = lease('east', 'one', { rooms: [['lobby', { count: 1, keys: ['a'], people: [] }]] })
  store = createPresenceMemory()
  await store.renew(mine, 1_000)
  mine.rooms.clear()
  const [read] = await store.world()
  read?.rooms.get('lobby')?.keys.push('b')
  expect((await store.world())[0]?.rooms.get('lobby')?.keys).toEqual(['a'])
})
