import { expect, test } from 'vitest'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { noBus } from '../bus/messages.ts'
import { LOBBY } from '../contract.ts'
import { createReads, STORED_EVERY_MS } from './reads.ts'
import type { Reading, ReadsStore } from './store.ts'

test('what a person reads is stored at once, and then at most once in two seconds, the newest', async () => {
  const clock = standingClock(0)
  const stored: Reading[] = []
  const store = { move: async (readings: Reading[]) => void stored.push(...readings) } as unknown as ReadsStore
  const reads = createReads({ store, bus: noBus, clock, isElsewhere: () => false, onMoved() {}, onError() {} })
  for (let seq = 1; seq <= 100; seq += 1) {
    reads.move({ id: 'ana', key: 'ana' }, [{ room: LOBBY, epoch: 'e', seq, back: 0 }])
    await clock.advance(STORED_EVERY_MS / 50)
  }
  expect(stored.length).toBeLessThanOrEqual(3)
  await reads.close()
  expect(stored.at(-1)).toMatchObject({ person: 'ana', positions: [{ seq: 100 }] })
})
