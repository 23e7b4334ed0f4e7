import { describe, expect, it } from 'vitest'
import { newId, type Message, type RoomEvent } from '../contract.ts'
import { PORTION_MAX_BYTES, portionOfPage, portionOfSync } from './portion.ts'

const by = { id: null, name: 'ana' }
const message = (seq: number, text: string): Message => ({ id: newId(), seq, rev: seq, at: 1, by, text })
const event = (seq: number, text: string): RoomEvent => {
  const said = message(seq, text)
  return { v: 1, seq, kind: 'sent', id: said.id, at: 1, by, message: said }
}
const LONG = 'x'.repeat(16_000)
const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe('a portion', () => {
  it('of short messages is all of them', () => {
    const page = { messages: range(500).map((seq) => message(seq, 'short')), older: false }
    expect(portionOfPage(page)).toEqual(page)
  })

  it('of a page of long ones is the newest, and says that there are older', () => {
    const { messages, older } = portionOfPage({ messages: range(500).map((seq) => message(seq, LONG)), older: false })
    expect(older).toBe(true)
    expect(messages.at(-1)?.seq).toBe(500)
    expect(JSON.stringify(messages).length).toBeLessThan(PORTION_MAX_BYTES)
    expect(messages.map(({ seq }) => seq)).toEqual(range(500).slice(-messages.length))
  })

  it('of long events is the first, ends at its own last one, and says that more follow', () => {
    const events = range(250).map((seq) => event(seq, LONG))
    const cursor = { epoch: 'e', seq: 250, id: events[249]?.id ?? '' }
    const portion = portionOfSync({ kind: 'events', cursor, events, more: false })
    if (portion.kind !== 'events') throw new Error('it became something else')
    const last = portion.events.at(-1)
    expect(portion).toMatchObject({ more: true, cursor: { epoch: 'e', seq: last?.seq, id: last?.id } })
    expect(portion.events[0]?.seq).toBe(1)
    expect(JSON.stringify(portion).length).toBeLessThan(PORTION_MAX_BYTES)
  })

  it('is never nothing, however long the one message', () => {
    const events = [event(1, 'x'.repeat(PORTION_MAX_BYTES * 2)), event(2, 'short')]
    const cursor = { epoch: 'e', seq: 2, id: events[1]?.id ?? '' }
    expect(portionOfSync({ kind: 'events', cursor, events, more: false })).toMatchObject({
      events: [events[0]],
      more: true
    })
    expect(portionOfSync({ kind: 'events', cursor, events: [], more: false })).toMatchObject({
      events: [],
      more: false
    })
  })
})
