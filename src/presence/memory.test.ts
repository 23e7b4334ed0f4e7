import { createPresenceMemory } from './store.ts'
import { presenceContract } from './store.contract.ts'

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
