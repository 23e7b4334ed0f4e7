// Compact events lead to the same state as whole ones, however the events are split into lists; and a change of a long message costs its
// receivers about as many bytes as the change itself.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { startTestServer, type TestServer } from '../../infra/testing/chat-server.ts'
import { closeClients, connectNative } from '../../infra/testing/clients.ts'
import { applyEvents, type RoomLog } from '../../web/engine/room-log.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { LIST_WINDOW_MS } from '../log/event-lists.ts'
import {
  LOBBY,
  OLDEST_WIRE_VERSION,
  WIRE_VERSION,
  newId,
  type EventList,
  type Message,
  type RoomEvent,
  type WireEvent
} from '../contract.ts'
import { fold } from '../log/fold.ts'
import type { Change } from '../log/message-log.ts'
import { compactEvents } from './compact-events.ts'

const idOf = (n: number) => `m${String(n).padStart(21, '0')}`
const EPOCH = 'epoch'
const EMPTY: RoomLog = { cursor: { epoch: EPOCH, seq: 0, id: '' }, from: 0, messages: [], older: false }
const person = fc.constantFrom('ana', 'bo', 'cy')
const step = fc.record({
  kind: fc.constantFrom<Change['kind']>('sent', 'edited', 'reacted', 'reacted', 'reacted', 'removed'),
  who: person,
  which: fc.nat(5),
  emoji: fc.constantFrom('👍', '❤️', '😂'),
  on: fc.boolean(),
  /** How many events later its message was read; 0: at once. */
  readLater: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(4)),
  endsList: fc.boolean()
})

/** A room's events as the log makes them, and the state of every message after each of them. */
function play(steps: readonly Step[]): { event: RoomEvent; step: Step }[] {
  const states: Map<string, Message>[] = []
  const envelopes: { seq: number; step: Step; change: Change; message: string }[] = []
  for (const step of steps) {
    const before = states.at(-1) ?? new Map<string, Message>()
    const all = [...before.values()]
    const target = all[step.which % Math.max(1, all.length)]
    const seq = envelopes.length + 1
    const common = { room: LOBBY, id: idOf(seq), by: { id: step.who, name: step.who }, at: 1_000 + seq }
    const change = changeOf(step, target, common)
    const folded = fold(change, target ?? null)
    if (typeof folded === 'string') continue
    const message = folded(seq)
    states.push(new Map(before).set(message.id, message))
    envelopes.push({ seq, step, change, message: message.id })
  }
  return envelopes.map(({ seq, step, change: { kind, id, at, by }, message }) => {
    const read = states[Math.min(states.length - 1, seq - 1 + step.readLater)]?.get(message)
    if (!read) throw new Error('an event without its message')
    return { event: { v: 1, seq, kind, id, at, by, message: read }, step }
  })
}
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function changeOf(
  { kind, emoji, on }: Step,
  target: Message | undefined,
  common: Pick<Change, 'room' | 'id' | 'by' | 'at'>
): Change {
  const message = target?.id ?? ''
  if (kind === 'sent') return { ...common, kind, text: `text ${common.id}` }
  if (kind === 'edited') return { ...common, by: target?.by ?? common.by, kind, message, text: `edited ${common.id}` }
  if (kind === 'removed') return { ...common, kind, message, asModerator: true }
  return { ...common, kind, message, emoji, on }
}

function applied(log: RoomLog, events: readonly WireEvent[]): RoomLog {
  const first = events[0]
  if (!first) return log
  const id = first.seq === 1 ? '' : idOf(first.seq - 1)
  const answer = applyEvents(log, { before: { epoch: EPOCH, seq: first.seq - 1, id }, events: [...events] })
  if (answer.kind !== 'applied') throw new Error(answer.kind)
  return answer.log
}

test('compact events lead to the same state as whole events', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), fc.nat(3), (steps, overlap) => {
      const events = play(steps)
      let whole = EMPTY
      let compact = EMPTY
      let from = 0
      for (const [place, { step }] of events.entries()) {
        if (!step.endsList && place < events.length - 1) continue
        // A list may begin with known events, as an answer to a catch-up does.
        const list = events.slice(Math.max(0, from - overlap), place + 1).map(({ event }) => event)
        whole = applied(whole, list)
        compact = applied(compact, compactEvents(list))
        expect(compact).toEqual(whole)
        from = place + 1
      }
    }),
    { numRuns: 500 }
  )
})

test('events of unknown kinds stay as they are, also those without a message', () => {
  const unknown = {
    v: 1,
    seq: 1,
    kind: 'pinned',
    id: idOf(1),
    at: 1,
    by: { id: null, name: '' }
  } as unknown as RoomEvent
  expect(compactEvents([unknown])).toEqual([unknown])
})

test('the text of a message that is removed within the list is not sent', () => {
  const steps = (['sent', 'edited', 'removed'] as const).map((kind): Step => ({
    kind,
    who: 'ana',
    which: 0,
    emoji: '👍',
    on: true,
    readLater: 0,
    endsList: false
  }))
  expect(JSON.stringify(compactEvents(play(steps).map(({ event }) => event)))).not.toMatch(/text m|edited m/)
})

describe('a message of 16,000 bytes with 300 reactions', { timeout: 60_000 }, () => {
  const clock = standingClock(Date.now())
  const person = (n: number) => ({
    person: { id: `p${String(n).padStart(21, '0')}`, key: `key-${n}`, name: `Person ${n}`, moderator: false },
    name: `Person ${n}`,
    address: `10.0.${n >> 8}.${n & 255}`
  })
  let server: TestServer
  let message: string
  const react = (n: number, emoji: string) =>
    server.chat.react(person(n), { room: LOBBY, id: newId(), message, emoji, on: true })

  beforeAll(async () => {
    server = await startTestServer({ clock, env: { RATE_BURST: '100000', RATE_PER_SECOND: '100000' } })
    message = (await server.chat.send(person(0), { room: LOBBY, id: newId(), text: '😀'.repeat(4_000) })).id
    await Promise.all(Array.from({ length: 300 }, (_, n) => react(n, '👍')))
    await clock.advance(LIST_WINDOW_MS)
  })
  afterAll(async () => {
    closeClients()
    const stopped = server.stop()
    await clock.advance(60_000)
    await stopped
  })

  async function receiver(name: string, v = WIRE_VERSION) {
    const client = await connectNative(server.url, name, { v })
    /** The events that packed lists came as. */
    const names: string[] = []
    client.socket.onAny((event: string) => event.endsWith('+') && names.push(event))
    await client.ask('room:open', { room: LOBBY })
    return { client, names, lists: () => client.all<EventList<WireEvent>>('room:events') }
  }
  const bytes = (lists: EventList<WireEvent>[]) => Buffer.byteLength(JSON.stringify(lists))

  it('one more reaction costs a receiver some hundred bytes, and version 1 still gets the whole message', async () => {
    const [newer, older] = [await receiver('Newer'), await receiver('Older', OLDEST_WIRE_VERSION)]
    await clock.advance(LIST_WINDOW_MS)
    await react(300, '🎉')
    await Promise.all([newer, older].map(({ client }) => client.next('room:events')))
    console.log(`one reaction: ${bytes(newer.lists())} B instead of ${bytes(older.lists())} B`)
    expect(bytes(newer.lists())).toBeLessThan(500)
    expect(older.lists()[0]?.events).toEqual([
      expect.objectContaining({ kind: 'reacted', message: expect.objectContaining({ id: message, rev: 302 }) })
    ])
  })

  it('a hundred reactions within one window are acknowledged at once and sent in one frame', async () => {
    const { client, lists } = await receiver('Listener')
    await clock.advance(LIST_WINDOW_MS)
    await react(301, '🎉')
    await client.next('room:events')
    await Promise.all(Array.from({ length: 100 }, (_, n) => react(n, '❤️')))
    expect(lists()).toHaveLength(1)
    await clock.advance(LIST_WINDOW_MS)
    await client.next('room:events')
    expect(lists().map(({ events }) => events.length)).toEqual([1, 100])
    console.log(`a hundred reactions: ${bytes(lists())} B in one frame`)
    expect(bytes(lists())).toBeLessThan(100 * 300)
  })

  it('an answer to a catch-up carries the message once', async () => {
    const { client } = await receiver('Latecomer')
    const opened = await client.ask<{ sync: { cursor: { epoch: string } } }>('room:open', { room: LOBBY })
    if (!opened.ok) throw new Error(opened.reason)
    const cursor = { epoch: opened.value.sync.cursor.epoch, seq: 0, id: '' }
    const answer = await client.ask<{ sync: { events: WireEvent[] } }>('room:open', { room: LOBBY, cursor })
    if (!answer.ok) throw new Error(answer.reason)
    expect(answer.value.sync.events.length).toBeGreaterThan(1)
    expect(answer.value.sync.events.filter((event) => 'message' in event)).toHaveLength(1)
  })

  it('a client of versions 2 to 4, which were in no release, is answered in version 1', async () => {
    const { client } = await receiver('Returns', 4)
    expect(await client.next('server:hello')).toMatchObject({ v: OLDEST_WIRE_VERSION })
  })

  it('names an author once to all who are here, and anew when somebody comes in, or opens the room again', async () => {
    await clock.advance(LIST_WINDOW_MS)
    const first = await receiver('First')
    const send = async (...texts: string[]) => {
      for (const text of texts) {
        await server.chat.send(person(Number(text) % 2), { room: LOBBY, id: newId(), text })
        await clock.advance(LIST_WINDOW_MS)
      }
    }
    await send('1', '2', '3')
    const second = await receiver('Second')
    await send('4', '5')
    await first.client.ask('room:open', { room: LOBBY })
    await send('6', '7')
    const contentOf = ({ lists }: typeof first) =>
      lists().flatMap(({ events }) => events.map((event) => [event.by.name, 'message' in event && event.message.text]))
    const all = ['1', '2', '3', '4', '5', '6', '7'].map((text) => [`Person ${Number(text) % 2}`, text])
    await expect.poll(() => [contentOf(first), contentOf(second)]).toEqual([all, all.slice(3)])
    expect(first.names).toEqual(['room:+', ':+', ':+', 'room:+', ':+', 'room:+', ':+'])
    expect(second.names).toEqual(first.names.slice(3))
  })
})
