import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Receipt, Reply } from '../../../src/contract.ts'
import { mapStorage } from '../../state/page.fixture.ts'
import type { Found, OutboxDeps } from './deps.ts'
import { SLOW_AFTER_MS } from './list.ts'
import { REMEMBERED_MS } from './sender.ts'
import { tabOutboxStore } from './store.ts'
import { openOutbox } from './outbox.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A server whose answers are given by hand. */
function setUp(storage = mapStorage(), { lookFor, stands }: Pick<OutboxDeps, 'lookFor' | 'stands'> = {}) {
  const sent: { room: string; id: string; text: string }[] = []
  const answers: ((reply: Reply<Receipt>) => void)[] = []
  const door = { ready: true, confirmed: [] as number[], tooOld: 0 }
  const outbox = openOutbox({
    send: (said) => {
      sent.push(said)
      return new Promise((answer) => answers.push(answer))
    },
    ready: () => door.ready,
    confirmed: (_, { seq }) => door.confirmed.push(seq),
    store: tabOutboxStore('me', storage),
    tooOld: () => door.tooOld++,
    ...(lookFor && { lookFor }),
    ...(stands && { stands }),
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

test('an id that waits already is taken once, and a reply says what it answers', async () => {
  const { outbox, sent, answer } = setUp()
  const id = 'A'.repeat(22)
  expect(outbox.add('lobby', 'one', { id, replyTo: 'B'.repeat(22) })).toBe(id)
  expect(outbox.add('lobby', 'one, again', { id })).toBe(id)
  await answer(yes(1))
  expect(sent).toEqual([{ room: 'lobby', id, text: 'one', replyTo: 'B'.repeat(22) }])
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

test('within three seconds without a receipt the person is told', async () => {
  const { outbox } = setUp()
  expect(SLOW_AFTER_MS).toBeLessThan(3_000)
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

test('what stands in the log before it is brought back, or before its receipt, is not shown beside it', async () => {
  const before = setUp()
  before.outbox.add('lobby', 'there')
  before.outbox.close()
  const after = setUp(before.storage, { stands: ({ text }) => text === 'there' })
  await after.outbox.restore()
  expect([after.states(), after.sent, after.storage.length]).toEqual([[], [], 0])

  const { outbox, answer, states } = setUp(mapStorage(), { stands: ({ receipt }) => (receipt?.seq ?? 9) <= 4 })
  outbox.add('lobby', 'passed by')
  await answer(yes(4))
  outbox.add('lobby', 'still to come')
  await answer(yes(5))
  expect(states()).toEqual(['sent'])
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

test('items of a newer version are kept and left alone', async () => {
  const storage = mapStorage()
  const newer = { v: 2, id: 'N'.repeat(22), shape: 'unknown' }
  storage.setItem('taifas:outbox:me', JSON.stringify([newer]))
  const { outbox, answer, sent } = setUp(storage)
  await outbox.restore()
  outbox.add('lobby', 'mine')
  await answer(yes(1))
  expect(sent).toHaveLength(1)
  expect(JSON.parse(storage.getItem('taifas:outbox:me')!)).toEqual([newer])
})

test('a server that no longer understands this page is told of once per attempt, and the message stays', async () => {
  const { outbox, answer, door, states } = setUp()
  outbox.add('lobby', 'one')
  door.ready = false
  await answer({ ok: false, reason: 'too-old' })
  await vi.advanceTimersByTimeAsync(60_000)
  expect([door.tooOld, states()]).toEqual([1, ['queued']])
})

test('a refused message is said otherwise as a new one, in its place; what may have been kept is not', async () => {
  const { outbox, answer, sent, door } = setUp()
  const id = outbox.add('lobby', 'onne', { replyTo: 'R'.repeat(22) })
  expect(await outbox.amend(id, 'on its way')).toBe(false)
  await answer({ ok: false, reason: 'unavailable' })
  expect(await outbox.amend(id, 'may have been kept')).toBe(false)
  outbox.wake('lobby')
  await answer({ ok: false, reason: 'not-allowed' })
  door.ready = false
  outbox.add('lobby', 'two')
  expect(await outbox.amend(id, 'one')).toBe(true)
  expect(outbox.items.value.map(({ text }) => text)).toEqual(['one', 'two'])
  door.ready = true
  outbox.wake('lobby')
  expect(sent.at(-1)).toMatchObject({ text: 'one', replyTo: 'R'.repeat(22) })
  expect(new Set(sent.map(({ id }) => id)).size).toBe(2)
})

test('what waits for a room that refuses everything fails with the reason', async () => {
  const { outbox, door } = setUp()
  door.ready = false
  outbox.add('lobby', 'one')
  outbox.refuse('lobby', 'no-room')
  expect(outbox.items.value).toMatchObject([{ state: 'failed', reason: 'no-room' }])
})

/** A message that was tried once, without an answer, and is opened again after this long. */
async function triedLongAgo(ms: number, lookFor?: () => Promise<Found>) {
  const before = setUp()
  const id = before.outbox.add('lobby', 'old')
  before.outbox.close()
  vi.setSystemTime(Date.now() + ms)
  const after = setUp(before.storage, lookFor && { lookFor })
  await after.outbox.restore()
  await vi.advanceTimersByTimeAsync(0)
  return { id, ...after }
}

test('as long as the server remembers it, a message is tried again by itself', async () => {
  const { sent } = await triedLongAgo(REMEMBERED_MS, async () => 'unknown')
  expect(sent).toHaveLength(1)
})

test('one that was never tried is sent however long it waited', async () => {
  const { outbox, storage, door } = setUp()
  door.ready = false
  outbox.add('lobby', 'old')
  vi.setSystemTime(Date.now() + 2 * REMEMBERED_MS)
  const after = setUp(storage, { lookFor: async () => 'unknown' })
  await after.outbox.restore()
  expect(after.texts()).toEqual(['old'])
})

test.each([
  ['there', []],
  ['absent', ['failed']],
  ['unknown', ['unsure']],
  ['later', ['queued']]
] as const)('tried longer ago it is looked for in the log, and not sent: %s', async (found, wanted) => {
  const { sent, states } = await triedLongAgo(REMEMBERED_MS + 1, async () => found)
  expect([sent, states()]).toEqual([[], wanted])
})

test('where nobody can look, it fails', async () => {
  const { sent, outbox } = await triedLongAgo(REMEMBERED_MS + 1)
  expect(sent).toEqual([])
  expect(outbox.items.value).toMatchObject([{ state: 'failed' }])
})

test('what may have been sent is sent again only by a person, as a new message', async () => {
  const { id, sent, outbox, answer, states } = await triedLongAgo(REMEMBERED_MS + 1, async () => 'unknown')
  outbox.retry(id)
  expect(states()).toEqual(['unsure'])
  await outbox.sayAnew(id)
  expect(sent).toMatchObject([{ text: 'old' }])
  expect(sent[0]?.id).not.toBe(id)
  await answer(yes(1))
  expect(states()).toEqual(['sent'])
})

test('what was certainly not sent is sent again, under its id, by a person', async () => {
  const { id, sent, outbox } = await triedLongAgo(REMEMBERED_MS + 1, async () => 'absent')
  outbox.retry(id)
  expect(sent).toMatchObject([{ id }])
})
