import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Message, RoomEvent, WireEvent } from './messages.ts'
import { newId } from './new-id.ts'
import { pack, unpack } from './packed-events.ts'

const EPOCH = 'aVeryOwnEpoch'
const PROOF = 'cHJvb2Zz'

type Parts = Partial<Omit<Message, 'by'>> & { by?: string | null; name?: string }

function sent(
  seq: number,
  { text = 'hello', at = 1_764_151_234_567, by = newId(), name = 'Person 101', ...more }: Parts = {}
): RoomEvent {
  const id = newId()
  const author = { id: by, name }
  const message = { id, seq, rev: seq, at, by: author, text, ...more }
  return { v: 1, seq, kind: 'sent', id, at, by: author, message }
}

const list = fc
  .array(
    fc.record({
      text: fc.string(),
      at: fc.integer({ min: 0, max: 9e12 }),
      by: fc.constantFrom(null, newId(), newId()),
      name: fc.constantFrom('Bo', 'Bo 2'),
      more: fc.constantFrom<Parts>(
        {},
        { replyTo: newId() },
        { mentions: [{ id: newId(), name: 'Bo' }] },
        { rev: 99 },
        { editedAt: 5 }
      )
    }),
    { minLength: 1 }
  )
  .map((all) => all.map(({ more, ...one }, n) => sent(n + 8, { ...one, ...more })))

test('a list reads as it was packed, whatever its messages are, also without the fields of version 3', () => {
  fc.assert(
    fc.property(list, fc.boolean(), (events, namesOnce) => {
      const before = { epoch: EPOCH, seq: 7, id: 'the one before' }
      const packed = pack('lobby', before, PROOF, events, { namesOnce })
      const sent = JSON.parse(JSON.stringify(packed)) as typeof packed
      expect(unpack(...sent)).toEqual({ room: 'lobby', before: { epoch: 'aVer', seq: 7 }, events, proof: PROOF })
      const refersBack = packed.slice(2).some((one) => Number([one].flat()[1]) > 0)
      expect(refersBack && !namesOnce).toBe(false)
    })
  )
})

test('changes stay between messages, and events that do not follow each other keep their numbers', () => {
  const change = {
    v: 1,
    seq: 9,
    kind: 'removed' as const,
    id: newId(),
    at: 1,
    by: { id: null, name: 'x' },
    of: { id: newId(), seq: 3 }
  }
  const events: WireEvent[] = [sent(8), change, sent(10), sent(12)]
  expect(unpack(...pack('lobby', { epoch: EPOCH, seq: 7, id: '' }, PROOF, events)).events).toEqual(events)
})

test('a message of 80 characters costs a receiver 200 bytes, and 130 in a list of two people', () => {
  const text = 'x'.repeat(80)
  const frame = (events: RoomEvent[]) =>
    `42${JSON.stringify(['room:+', ...pack('lobby', { epoch: EPOCH, seq: 99_999, id: '' }, PROOF, events)])}`.length
  const people = [newId(), newId()]
  const [one, ten] = [1, 10].map((count) =>
    frame(Array.from({ length: count }, (_, n) => sent(100_000 + n, { text, by: people[n % 2] ?? null })))
  )
  console.log(`${one} bytes alone, ${((ten ?? 0) / 10).toFixed(0)} in a list of ten`)
  expect(one).toBeLessThanOrEqual(200)
  expect(ten).toBeLessThanOrEqual(10 * 130)
})
