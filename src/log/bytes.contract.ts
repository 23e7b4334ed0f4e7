// Contract: the size of answers. A store stops reading when an answer is full, and says so.
import { describe, expect, test } from 'vitest'
import { LOBBY, TEXT_MAX_CODE_POINTS, newId, type Cursor, type Message, type RoomEvent } from '../contract.ts'
import { ANSWER_MAX_BYTES, answerBytes } from './answer-bytes.ts'
import { reasonOf, type LogFixture } from './log.fixture.ts'

/** Four bytes each. */
const LONGEST = '🌻'.repeat(TEXT_MAX_CODE_POINTS)
const COUNT = 40
/** Three of the longest messages fit. */
const MAX_BYTES = 60_000
const FIT = 3

export function byteClaims(fixture: LogFixture): void {
  describe('the size of an answer', () => {
    const sendLongest = (count = COUNT) =>
      Promise.all(Array.from({ length: count }, async () => (await fixture.send(LONGEST)).event.message))
    const ids = (messages: Message[]) => messages.map(({ id }) => id)

    test.each([true, false])('bounds pages, which lead back to the first message (removed: %s)', async (removed) => {
      const sent = await sendLongest()
      const gone = sent.filter((_, place) => place % 5 === 2)
      await Promise.all(gone.map(({ id }) => fixture.append({ kind: 'removed', message: id, asModerator: false })))
      const read: Message[] = []
      let pages = 0
      for (let older = true; older; pages += 1) {
        const before = read[0] ? { seq: read[0].seq } : null
        const page = await fixture.other.before(LOBBY, before, 500, { removed, maxBytes: MAX_BYTES })
        expect(answerBytes(page)).toBeLessThanOrEqual(MAX_BYTES)
        expect(page.messages.length).toBeGreaterThan(0)
        read.unshift(...page.messages)
        older = page.older
      }
      expect(ids(read)).toEqual(ids(removed ? sent : sent.filter((message) => !gone.includes(message))))
      expect(pages).toBe(Math.ceil((COUNT - gone.length) / FIT))
    })

    test('bounds a fresh answer, whose cursor is still the head', async () => {
      const sent = await sendLongest()
      const sync = await fixture.log.sync(LOBBY, null, 500, MAX_BYTES)
      const messages = sent.slice(-FIT)
      expect(sync).toEqual({ kind: 'fresh', cursor: await fixture.head(), messages, older: true })
    })

    test('bounds catch-up, which reaches the head in consecutive answers', async () => {
      let cursor: Cursor = await fixture.head()
      await sendLongest()
      const [first] = (await fixture.log.before(LOBBY, { seq: 2 }, 1, { removed: true })).messages
      // Each of these events carries the whole message again.
      for (const emoji of ['👍', '🎉', '🌻', '👀', '🚀'])
        await fixture.append({ kind: 'reacted', message: first?.id ?? '', emoji, on: true })
      const events: RoomEvent[] = []
      for (let more = true; more;) {
        const sync = await fixture.other.sync(LOBBY, cursor, 50, MAX_BYTES)
        if (sync.kind !== 'events') throw new Error('a fresh start')
        expect(answerBytes(sync)).toBeLessThanOrEqual(MAX_BYTES)
        expect(sync.events).toHaveLength(sync.more ? FIT : (COUNT + 5) % FIT || FIT)
        expect(sync.cursor).toMatchObject({ seq: sync.events.at(-1)?.seq, id: sync.events.at(-1)?.id })
        events.push(...sync.events)
        ;({ cursor, more } = sync)
      }
      expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: COUNT + 5 }, (_, n) => n + 1))
      expect(cursor).toEqual(await fixture.head())
    })

    test('always includes the first message, however long', async () => {
      const start = await fixture.head()
      const sent = await sendLongest(2)
      const [last] = sent.slice(-1)
      expect(await fixture.log.before(LOBBY, null, 9, { removed: true, maxBytes: 1 })).toEqual({
        messages: [last],
        older: true
      })
      expect(await fixture.log.sync(LOBBY, null, 9, 1)).toMatchObject({ messages: [last], older: true })
      expect(await fixture.log.sync(LOBBY, start, 9, 1)).toMatchObject({ events: [{ seq: 1 }], more: true })
      const second = { ...start, seq: 1, id: sent[0]?.id ?? '' }
      expect(await fixture.log.sync(LOBBY, second, 9, 1)).toMatchObject({ events: [{ seq: 2 }], more: false })
    })

    test('has a default bound', async () => {
      const start = await fixture.head()
      await sendLongest()
      const answers = [
        await fixture.log.before(LOBBY, null, 500, { removed: false }),
        await fixture.log.sync(LOBBY, null, 500),
        await fixture.log.sync(LOBBY, start, 50)
      ]
      for (const answer of answers) {
        expect(answerBytes(answer)).toBeLessThanOrEqual(ANSWER_MAX_BYTES)
        expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(ANSWER_MAX_BYTES)
        expect('events' in answer ? answer.more : answer.older).toBe(true)
      }
    })
  })

  describe('one room', () => {
    test('is read with its head, however many others there are', async () => {
      const lobby = await fixture.other.room(LOBBY)
      expect(lobby).toEqual({ room: (await fixture.log.rooms())[0], head: await fixture.head(), members: [] })
      const garden = { id: 'garden', title: 'Garden', by: newId(), at: 1 }
      await fixture.log.createRoom(garden, 9)
      await fixture.send('hello', { room: 'garden' })
      expect(await fixture.other.room('garden')).toEqual({
        room: garden,
        head: await fixture.head('garden'),
        members: []
      })
      expect(await reasonOf(fixture.log.room('nowhere'))).toBe('no-room')
    })
  })
}
