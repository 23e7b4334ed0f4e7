import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Receipt, Reply } from '../../../src/contract.ts'
import { mapStorage } from '../../state/page.fixture.ts'
import type { Found } from '../find-in-log.ts'
import { SLOW_AFTER_MS } from './list.ts'
import { openOutbox } from './outbox.ts'
import { tabOutboxStore } from './shared.ts'
import { REMEMBERED_MS, type OutboxDeps } from './sender.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A server whose replies the test gives. */
function setUp(storage = mapStorage(), rest: Pick<OutboxDeps, 'lookFor' | 'isInLog' | 'random'> = {}) {
  const sent: { room: string; id: string; text: string }[] = []
  const replies: ((reply: Reply<Receipt>) => void)[] = []
  const late: ((reply: Reply<Receipt>) => void)[] = []
  const room = { ready: true, confirmed: [] as number[] }
  const outbox = openOutbox({
    send: (payload, onLate) => {
      sent.push(payload)
      late.push(onLate)
      return new Promise((resolve) => replies.push(resolve))
    },
    ready: () => room.ready,
    confirmed: (_, { seq }) => room.confirmed.push(seq),
    store: tabOutboxStore('me', storage),
    random: () => 0,
    ...rest
  })
  return {
    outbox,
    sent,
    late,
    room,
    storage,
    texts: () => sent.map(({ text }) => text),
    states: () => outbox.items.value.map(({ state }) => state),
    async reply(reply: Reply<Receipt>) {
      replies.shift()!(reply)
      await vi.advanceTimersByTimeAsync(0)
    }
  }
}
const receipt = (seq: number): Reply<Receipt> => ({ ok: true, value: { seq, id: 'x', at: 1 } })
const UNAVAILABLE = { ok: false, reason: 'unavailable' } as const
/** The promise for the first acknowledgements after an outage of the store. */
const BACK_WITHIN_MS = 3_000
const REFUSED = { ok: false, reason: 'not-allowed' } as const

test('each room has one message in flight at a time, in the order they were written', async () => {
  const { outbox, texts, reply } = setUp()
  outbox.add('lobby', 'one')
  outbox.add('lobby', 'two')
  outbox.add('tea', 'elsewhere')
  expect(texts()).toEqual(['one', 'elsewhere'])
  await reply(receipt(1))
  expect(texts()).toEqual(['one', 'elsewhere', 'two'])
})

test('an id that already waits is taken once, and a reply names the message it answers', async () => {
  const { outbox, sent, reply } = setUp()
  const id = 'A'.repeat(22)
  expect(outbox.add('lobby', 'one', { id, replyTo: 'B'.repeat(22) })).toBe(id)
  expect(outbox.add('lobby', 'one, again', { id })).toBe(id)
  await reply(receipt(1))
  expect(sent).toEqual([{ room: 'lobby', id, text: 'one', replyTo: 'B'.repeat(22) }])
})

test('a confirmed message is shown until the log has it', async () => {
  const { outbox, reply, states, room } = setUp()
  const id = outbox.add('lobby', 'one')
  await reply(receipt(7))
  expect([states(), room.confirmed]).toEqual([['sent'], [7]])
  outbox.settle('lobby', (item) => item.id === id)
  expect(states()).toEqual([])
})

test.each(['in flight', 'backing off'])(
  'a message whose event comes before its receipt is settled while it is %s, and the next one is sent',
  async (when) => {
    const { outbox, reply, texts, states } = setUp()
    const id = outbox.add('lobby', 'one')
    outbox.add('lobby', 'two')
    if (when === 'backing off') await reply(UNAVAILABLE)
    outbox.settle('lobby', (item) => item.id === id)
    await vi.advanceTimersByTimeAsync(0)
    expect([texts(), states()]).toEqual([['one', 'two'], ['sending']])
    if (when === 'in flight') await reply(receipt(1))
    outbox.add('lobby', 'three')
    expect([texts(), states()]).toEqual([
      ['one', 'two'],
      ['sending', 'queued']
    ])
  }
)

test('a receipt that comes late counts, also beside a repeat that gets none; the next message is sent', async () => {
  const { outbox, reply, late, texts, states, room } = setUp()
  outbox.add('lobby', 'one')
  outbox.add('lobby', 'two')
  await reply(UNAVAILABLE)
  await vi.advanceTimersByTimeAsync(1_000)
  late[0]!(receipt(1))
  await reply(UNAVAILABLE)
  late[1]!(receipt(1))
  expect([texts(), states(), room.confirmed]).toEqual([['one', 'one', 'two'], ['sent', 'sending'], [1]])
  late[2]!(REFUSED)
  expect(states()).toEqual(['sent', 'failed'])
})

test('without a reply the same id is tried again, and later messages wait', async () => {
  const { outbox, reply, sent, texts } = setUp()
  outbox.add('lobby', 'one')
  outbox.add('lobby', 'two')
  await reply(UNAVAILABLE)
  expect(sent).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(texts()).toEqual(['one', 'one'])
  expect(new Set(sent.map(({ id }) => id)).size).toBe(1)
})

test('a temporary refusal keeps the message for as long as the server says; a reconnect ends the wait', async () => {
  const { outbox, reply, sent, states } = setUp()
  outbox.add('lobby', 'one')
  await reply({ ok: false, reason: 'too-fast', retryAfterMs: 7_000 })
  await vi.advanceTimersByTimeAsync(6_999)
  expect([states(), sent.length]).toEqual([['queued'], 1])
  await vi.advanceTimersByTimeAsync(1)
  expect(sent).toHaveLength(2)
  await reply({ ok: false, reason: 'too-old' })
  outbox.wake('lobby')
  expect(sent).toHaveLength(3)
})

test('nothing is sent while the room accepts no messages; afterwards everything is, in order', async () => {
  const { outbox, room, texts, reply } = setUp()
  room.ready = false
  outbox.add('lobby', 'one')
  outbox.add('lobby', 'two')
  expect(texts()).toEqual([])
  room.ready = true
  outbox.wake('lobby')
  await reply(receipt(1))
  expect(texts()).toEqual(['one', 'two'])
})

test('a refused message shows its reason, lets others pass, and can be retried or discarded', async () => {
  const { outbox, reply, texts, states } = setUp()
  const id = outbox.add('lobby', 'one')
  outbox.add('lobby', 'two')
  await reply(REFUSED)
  expect(outbox.items.value[0]).toMatchObject({ state: 'failed', reason: 'not-allowed' })
  await reply(receipt(2))
  outbox.retry(id)
  expect(texts()).toEqual(['one', 'two', 'one'])
  await reply(REFUSED)
  outbox.discard(id)
  expect(states()).toEqual(['sent'])
})

test('a refused message can be rewritten as a new one in its place; one that may have been stored can not', async () => {
  const { outbox, reply, sent, room } = setUp()
  const id = outbox.add('lobby', 'onne', { replyTo: 'R'.repeat(22) })
  expect(outbox.amend(id, 'in flight')).toBe(false)
  await reply(UNAVAILABLE)
  expect(outbox.amend(id, 'may have been stored')).toBe(false)
  outbox.wake('lobby')
  await reply(REFUSED)
  room.ready = false
  outbox.add('lobby', 'two')
  expect(outbox.amend(id, 'one')).toBe(true)
  expect(outbox.items.value.map(({ text }) => text)).toEqual(['one', 'two'])
  room.ready = true
  outbox.wake('lobby')
  expect(sent.at(-1)).toMatchObject({ text: 'one', replyTo: 'R'.repeat(22) })
  expect(new Set(sent.map(({ id }) => id)).size).toBe(2)
})

test('messages for a room that refuses everything fail with its reason', () => {
  const { outbox, room } = setUp()
  room.ready = false
  outbox.add('lobby', 'one')
  outbox.refuse('lobby', 'no-room')
  expect(outbox.items.value).toMatchObject([{ state: 'failed', reason: 'no-room' }])
})

test('the person is told within three seconds that there is no receipt', async () => {
  const { outbox } = setUp()
  expect(SLOW_AFTER_MS).toBeLessThan(3_000)
  outbox.add('lobby', 'one')
  await vi.advanceTimersByTimeAsync(SLOW_AFTER_MS - 1)
  expect(outbox.items.value[0]?.slow).toBeUndefined()
  await vi.advanceTimersByTimeAsync(1)
  expect(outbox.items.value[0]?.slow).toBe(true)
})

test('after a reload what is unconfirmed is sent under its id, in order; what is confirmed is gone', async () => {
  const before = setUp()
  for (const text of ['done', 'half', 'new']) before.outbox.add('lobby', text)
  await before.reply(receipt(1))
  before.outbox.close()

  const after = setUp(before.storage)
  await after.outbox.restore()
  expect(after.texts()).toEqual(['half'])
  expect(after.sent[0]).toEqual(before.sent[1])
  await after.reply(receipt(2))
  expect(after.texts()).toEqual(['half', 'new'])
})

test('a message that the log has already is not shown beside it, neither after a reload nor after its receipt', async () => {
  const before = setUp()
  before.outbox.add('lobby', 'there')
  before.outbox.close()
  const after = setUp(before.storage, { isInLog: ({ text }) => text === 'there' })
  await after.outbox.restore()
  expect([after.states(), after.sent, after.storage.length]).toEqual([[], [], 0])

  const { outbox, reply, states } = setUp(mapStorage(), { isInLog: ({ receipt }) => (receipt?.seq ?? 9) <= 4 })
  outbox.add('lobby', 'in the log')
  await reply(receipt(4))
  outbox.add('lobby', 'still to come')
  await reply(receipt(5))
  expect(states()).toEqual(['sent'])
})

test('a tab’s storage keeps the people apart, survives nonsense, and leaves items of a newer version alone', async () => {
  const { outbox, storage, sent, reply } = setUp()
  const newer = { v: 2, id: 'N'.repeat(22), shape: 'unknown' }
  storage.setItem('taifas:outbox:somebody', '{"')
  storage.setItem('taifas:outbox:me', JSON.stringify([newer]))
  await outbox.restore()
  outbox.add('lobby', 'mine')
  expect(tabOutboxStore('somebody', storage).load()).toEqual([])
  await reply(receipt(1))
  expect(sent).toHaveLength(1)
  expect(JSON.parse(storage.getItem('taifas:outbox:me')!)).toEqual([newer])
})

/** A message that was tried once without a reply, and is restored after this long. */
async function triedLongAgo(ms: number, found?: Found) {
  const before = setUp()
  const id = before.outbox.add('lobby', 'old')
  before.outbox.close()
  vi.setSystemTime(Date.now() + ms)
  const after = setUp(before.storage, found && { lookFor: async () => found })
  await after.outbox.restore()
  await vi.advanceTimersByTimeAsync(0)
  return { id, ...after }
}

test('as long as the server remembers the id, the message is sent again without the person', async () => {
  const { sent } = await triedLongAgo(REMEMBERED_MS, 'unknown')
  expect(sent).toHaveLength(1)
})

test.each([
  ['there', []],
  ['absent', ['failed']],
  ['unknown', ['unsure']],
  ['later', ['queued']],
  [undefined, ['failed']]
] as const)('a message tried longer ago is looked for in the log and not sent: %s', async (found, wanted) => {
  const { sent, states } = await triedLongAgo(REMEMBERED_MS + 1, found)
  expect([sent, states()]).toEqual([[], wanted])
})

test('the person may send as a new message what may have been sent, and under its id what certainly was not', async () => {
  const unsure = await triedLongAgo(REMEMBERED_MS + 1, 'unknown')
  unsure.outbox.retry(unsure.id)
  expect(unsure.states()).toEqual(['unsure'])
  unsure.outbox.sendAsNew(unsure.id)
  expect(unsure.sent).toMatchObject([{ text: 'old' }])
  expect(unsure.sent[0]?.id).not.toBe(unsure.id)

  const absent = await triedLongAgo(REMEMBERED_MS + 1, 'absent')
  absent.outbox.retry(absent.id)
  expect(absent.sent).toMatchObject([{ id: absent.id }])
})

test('however long the store was unavailable, the next attempt comes within 3 s', async () => {
  const { texts, reply, outbox } = setUp(mapStorage(), { random: () => 1 })
  outbox.add('lobby', 'one')
  for (let attempts = 1; attempts < 10; attempts += 1) {
    await reply(UNAVAILABLE)
    await vi.advanceTimersByTimeAsync(BACK_WITHIN_MS)
    expect(texts()).toHaveLength(attempts + 1)
  }
})
