import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Message, RoomEvent, WireEvent } from './messages.ts'
import { newId } from './new-id.ts'
import { createListPacker, createListReader } from './live-lists.ts'
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

/** As it is received. */
const received = <T extends object>(packed: T) => JSON.parse(JSON.stringify(packed)) as T
const after = (seq: number, epoch = EPOCH) => ({ epoch, seq, id: 'the one before' })
const STARTS_OVER = { room: 'lobby', before: { epoch: '', seq: -1 }, events: [] }

test('lists read as they were packed, whatever is in them, and one who missed a list gets no wrong one', () => {
  const steps = fc.array(
    fc.record({ count: fc.integer({ min: 1, max: 4 }), joins: fc.boolean(), misses: fc.boolean() })
  )
  fc.assert(
    fc.property(list, steps, (all, steps) => {
      let pack = createListPacker('lobby')
      const readers = [createListReader()]
      const misser = createListReader()
      let from = 0
      for (const { count, joins, misses } of steps) {
        const events = all.slice(from, (from += count))
        if (events.length === 0) break
        if (joins) [pack] = [createListPacker('lobby'), readers.push(createListReader())]
        const seq = events[0]!.seq - 1
        const packed = received(pack(after(seq), PROOF, events))
        const whole = { room: 'lobby', before: { epoch: 'aVer', seq }, events, proof: PROOF }
        for (const read of readers) expect(read(...packed)).toEqual(whole)
        if (misses) continue
        const read = misser(...packed)
        expect(read).toEqual(read.events.length > 0 ? whole : STARTS_OVER)
      }
    })
  )
})

test('a list begins anew after a gap, in another epoch, and after 1,000 events; one of an unknown author is not read', () => {
  const pack = createListPacker('lobby')
  const heads = [7, 8, 10, 11].map((seq) => pack(after(seq), PROOF, [sent(seq + 1)])[0])
  expect(heads).toEqual(['room:+', ':+', 'room:+', ':+'])
  const events = Array.from({ length: 1_002 }, (_, n) => sent(n + 13))
  const lists = events.map((event) => pack(after(event.seq - 1, 'another'), PROOF, [event]))
  expect(lists.flatMap(([event], n) => (event === 'room:+' ? n : []))).toEqual([0, 1_000])
  const read = createListReader()
  read(...lists[1_000]!)
  const [event, room, head] = lists[1_001]!
  expect(read(event, room, head, [newId(), 2, 1, 'whose?'])).toEqual(STARTS_OVER)
  expect(read(...lists[1_001]!)).toEqual(STARTS_OVER)
})

const lobby = { id: 'lobby', title: 'Lobby', by: null, at: 0 }
const TOTALS = { count: 2, about: false, regions: { waw: 2 } }
const cursor = { epoch: EPOCH, seq: 99, id: newId(), proof: PROOF }
const reread = (sent: PackedOpened) => unpackOpened(received(sent))
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
  expect(createListReader()(...createListPacker('lobby')(after(7), PROOF, events)).events).toEqual(events)
})

test('once ten authors are named, a message of 80 characters costs a receiver 150 bytes alone, and 130 in longer lists', () => {
  const people = Array.from({ length: 10 }, (_, n) => ({ by: newId(), name: `Person ${n + 101}` }))
  const text = 'x'.repeat(80)
  const each = (inList: number) => {
    const pack = createListPacker('lobby')
    const lists = Array.from({ length: 20 }, (_, nth) => {
      const seq = 100_000 + nth * inList
      const events = Array.from({ length: inList }, (_, n) =>
        sent(seq + n, { text, at: 1_764_151_234_567 + 25 * nth + 5 * n, ...people[(seq + n) % 10] })
      )
      return `42${JSON.stringify(pack(after(seq - 1), PROOF, events))}`.length
    })
    return lists.slice(10).reduce((sum, bytes) => sum + bytes, 0) / (10 * inList)
  }
  const [one = NaN, ...longer] = [1, 2, 5].map(each)
  console.log(`${one} bytes alone, ${longer.map((bytes) => bytes.toFixed(1)).join(' and ')} in lists of 2 and 5`)
  expect(one).toBeLessThanOrEqual(150)
  for (const bytes of longer) expect(bytes).toBeLessThanOrEqual(130)
})
