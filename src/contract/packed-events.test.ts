import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Message, RoomEvent, WireEvent } from './messages.ts'
import { newId } from './new-id.ts'
import { pack, unpack } from './packed-events.ts'
import { packPeople, packSync, unpackOpened, type PackedOpened } from './packed-opened.ts'
import type { Present } from './people.ts'

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

const lobby = { id: 'lobby', title: 'Lobby', by: null, at: 0 }
const TOTALS = { count: 2, about: false, regions: { waw: 2 } }
const cursor = { epoch: EPOCH, seq: 99, id: newId(), proof: PROOF }
const reread = (sent: PackedOpened) => unpackOpened(JSON.parse(JSON.stringify(sent)) as PackedOpened)
const person = fc.record<Present>(
  {
    key: fc.constant('IsM-hd1JvW4'),
    name: fc.string(),
    guest: fc.boolean(),
    region: fc.constantFrom('waw', 'sin', ''),
    idleSince: fc.integer({ min: 1 })
  },
  { requiredKeys: ['key', 'name', 'guest', 'region'] }
)

test('what opening a room answers reads as it was packed, and that of servers that pack nothing as it is', () => {
  fc.assert(
    fc.property(list, fc.array(person), fc.nat(3), (events, people, gap) => {
      // A change takes a seq that no message has.
      const messages = events.map(({ message }, n) => (n < gap ? message : { ...message, seq: message.seq + 1 }))
      const syncs = [
        { kind: 'events' as const, cursor: { ...cursor, seq: events.length + 7 }, events, more: true },
        { kind: 'fresh' as const, cursor, messages, older: true }
      ]
      for (const sync of syncs) {
        const opened = { sync, room: lobby, people: { ...TOTALS, people } }
        const packed = { ...opened, sync: packSync(sync), people: { ...TOTALS, people: packPeople(people) } }
        expect([reread(packed), reread(opened)]).toEqual([opened, opened])
      }
    })
  )
})

test('a message of 80 characters costs a receiver 130 bytes in a catch-up of ten people, and a person who is here 30', () => {
  const authors = Array.from({ length: 10 }, (_, n) => ({ by: newId(), name: `Person ${n + 101}` }))
  const events = Array.from({ length: 100 }, (_, n) =>
    sent(100_000 + n, { text: 'x'.repeat(80), at: 1_764_151_234_567 + 99 * n, ...authors[n % 10] })
  )
  const sync = packSync({ kind: 'events', cursor: { ...cursor, seq: 100_099 }, events, more: false })
  const people = Array.from({ length: 200 }, (_, n) => ({
    key: 'IsM-hd1JvW4',
    name: `Person ${n + 101}`,
    guest: false,
    region: 'waw'
  }))
  const [each, person] = [JSON.stringify(sync).length / 100, JSON.stringify(packPeople(people)).length / 200]
  console.log(`${each.toFixed(0)} bytes for a message, ${person.toFixed(0)} for a person`)
  expect(each).toBeLessThanOrEqual(130)
  expect(person).toBeLessThanOrEqual(30)
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
