import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Receipt, Reply } from '../../src/contract.ts'
import { mapStorage } from './fixtures.ts'
import { tabOutboxStore } from './outbox-store.ts'
import { openOutbox, SLOW_AFTER_MS } from './outbox.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A server whose answers are given by hand. */
function setUp(storage = mapStorage()) {
  const sent: { room: string; id: string; text: string }[] = []
  const answers: ((reply: Reply<Receipt>) => void)[] = []
  const door = { ready: true, confirmed: [] as number[] }
  const outbox = openOutbox({
    send: (said) => {
      sent.push(said)
      return new Promise((answer) => answers.push(answer))
    },
    ready: () => door.ready,
    confirmed: (_, { seq }) => door.confirmed.push(seq),
    store: tabOutboxStore('me', storage),
    random: () => 0
  })
  return {
    outbox,
    sent,
    door,
    storage,
    texts: () => sent.map(({ text }) => text),
    states: () => outbox.items.value.map(({ state }) => state),
    async answer(reply: Reply<Receipt>) {
      answers.shift()!(reply)
      await vi.advanceTimersByTimeAsync(0)
    }
  }
}
const yes = (seq: number): Reply<Receipt> => ({ ok: true, value: { seq, id: 'x', at: 1 } })

test('one message of a room is in flight at a time, in the order they were said', async () => {
  const { outbox, texts, answer } = setUp()
  outbox.add('lobby', 'one')
  outbox.add('lobby', 'two')
  outbox.add('tea', 'elsewhere')
  expect(texts()).toEqual(['one', 'elsewhere'])
  await answer(yes(1))
  expect(texts()).toEqual(['one', 'elsewhere', 'two'])
})

test('a confirmed message stays until it stands in the log', async () => {
  const { outbox, answer, states, door } = setUp()
  const id = outbox.add('lobby', 'one')
  await answer(yes(7))
  expect(states()).toEqual(['sent'])
  expect(door.confirmed).toEqual([7])
  outbox.settle('lobby', (item) => item.id === id)
  expect(states()).toEqual([])
})

test('an event that comes before the receipt settles it, and the next goes', async () => {
  const { outbox, answer, texts, states } = setUp()
  const id = outbox.add('lobby', 'one')
  outbox.add('lobby', 'two')
  outbox.settle('lobby', (item) => item.id === id)
  await answer(yes(1))
  expect(texts()).toEqual(['one', 'two'])
  expect(states()).toEqual(['sending'])
})

test('without an answer the same id is tried again, and what follows waits', async () => {
  const { outbox, answer, sent } = setUp()
  outbox.add('lobby', 'one')
  outbox.add('lobby', 'two')
  await answer({ ok: false, reason: 'unavailable' })
  expect(sent).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(sent.map(({ text }) => text)).toEqual(['one', 'one'])
  expect(new Set(sent.map(({ id }) => id)).size).toBe(1)
})

test('too fast waits as long as it was told', async () => {
  const { outbox, answer, sent } = setUp()
  outbox.add('lobby', 'one')
  await answer({ ok: false, reason: 'too-fast', retryAfterMs: 7_000 })
  await vi.advanceTimersByTimeAsync(6_999)
  expect(sent).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(sent).toHaveLength(2)
})

test('nothing is sent while the room cannot be spoken in, and all of it in order afterwards', async () => {
  const { outbox, door, texts, answer } = setUp()
  door.ready = false
  outbox.add('lobby', 'one')
  outbox.add('lobby', 'two')
  expect(texts()).toEqual([])
  door.ready = true
  outbox.wake('lobby')
  await answer(yes(1))
  expect(texts()).toEqual(['one', 'two'])
})

test('a reconnect does not wait for the next attempt', async () => {
  const { outbox, answer, sent } = setUp()
  outbox.add('lobby', 'one')
  await answer({ ok: false, reason: 'unavailable' })
  outbox.wake('lobby')
  expect(sent).toHaveLength(2)
})

test('a final refusal fails with its reason, lets others pass, and can be retried or discarded', async () => {
  const { outbox, answer, texts, states } = setUp()
  const id = outbox.add('lobby', 'one')
  outbox.add('lobby', 'two')
  await answer({ ok: false, reason: 'not-allowed' })
  expect(outbox.items.value[0]).toMatchObject({ state: 'failed', reason: 'not-allowed' })
  expect(texts()).toEqual(['one', 'two'])
  await answer(yes(2))
  outbox.retry(id)
  expect(texts()).toEqual(['one', 'two', 'one'])
  await answer({ ok: false, reason: 'not-allowed' })
  outbox.discard(id)
  expect(states()).toEqual(['sent'])
})

test('after three seconds without a receipt the person is told', async () => {
  const { outbox } = setUp()
  outbox.add('lobby', 'one')
  await vi.advanceTimersByTimeAsync(SLOW_AFTER_MS - 1)
  expect(outbox.items.value[0]?.slow).toBeUndefined()
  await vi.advanceTimersByTimeAsync(1)
  expect(outbox.items.value[0]?.slow).toBe(true)
})

test('a reload keeps what is unconfirmed, under its id, and sends it; what is confirmed is not kept', async () => {
  const before = setUp()
  before.outbox.add('lobby', 'done')
  before.outbox.add('lobby', 'half')
  before.outbox.add('lobby', 'new')
  await before.answer(yes(1))
  before.outbox.close()

  const after = setUp(before.storage)
  await after.outbox.restore()
  expect(after.texts()).toEqual(['half'])
  expect(after.sent[0]).toEqual(before.sent[1])
  await after.answer(yes(2))
  expect(after.texts()).toEqual(['half', 'new'])
})

test("an outbox is one person's own", async () => {
  const { outbox, storage } = setUp()
  outbox.add('lobby', 'mine')
  expect(await tabOutboxStore('somebody else', storage).load()).toEqual([])
})

test('a storage that holds nonsense is an empty one', async () => {
  const storage = mapStorage()
  storage.setItem('taifas:outbox:me', '{"')
  const { outbox, states } = setUp(storage)
  await outbox.restore()
  expect(states()).toEqual([])
})
