// Contract: reading. Catch-up, fresh answers, pages, and the characters of texts.
import { describe, expect, test } from 'vitest'
import {
  CATCH_UP_EVENTS,
  CATCH_UP_MAX_EVENTS,
  LOBBY,
  newId,
  TEXT_MAX_CODE_POINTS,
  type Cursor,
  type RoomEvent,
  type Sync
} from '../contract.ts'
import { ana, messageIn, reasonOf, START, type LogFixture } from './log.fixture.ts'

const PAGE = 3

function eventsOf(sync: Sync): RoomEvent[] {
  expect(sync.kind).toBe('events')
  return sync.kind === 'events' ? sync.events : []
}

export function readingClaims(fixture: LogFixture): void {
  describe('catching up', () => {
    test('returns the events after a cursor, each with its message in its present state', async () => {
      const start = await fixture.head()
      const { event } = await fixture.send('first')
      const edit = await fixture.append({ kind: 'edited', message: event.id, text: 'second' })
      const sync = await fixture.log.sync(LOBBY, start, PAGE)
      const message = { ...event.message, text: 'second', rev: 2, editedAt: START }
      expect(sync).toEqual({
        kind: 'events',
        cursor: { epoch: start.epoch, seq: 2, id: edit.event.id },
        events: [
          { ...event, message },
          { ...edit.event, message }
        ],
        more: false
      })
    })

    test('from the head returns nothing', async () => {
      await fixture.send('all there is')
      const head = await fixture.head()
      expect(await fixture.log.sync(LOBBY, head, PAGE)).toEqual({
        kind: 'events',
        cursor: head,
        events: [],
        more: false
      })
    })

    test('comes in consecutive chunks, as far back as promised and no further', async () => {
      await fixture.sendMany(1)
      const tooOld = await fixture.head()
      await fixture.sendMany(1)
      let at: Cursor = await fixture.head()
      await fixture.sendMany(CATCH_UP_MAX_EVENTS)
      expect(await fixture.other.sync(LOBBY, tooOld, PAGE)).toMatchObject({ kind: 'fresh' })
      const seqs: number[] = []
      const sizes: number[] = []
      for (let more = true; more;) {
        const sync = await fixture.log.sync(LOBBY, at, PAGE)
        const events = eventsOf(sync)
        seqs.push(...events.map(({ seq }) => seq))
        sizes.push(events.length)
        at = sync.cursor
        more = sync.kind === 'events' && sync.more
      }
      expect(seqs).toEqual(Array.from({ length: CATCH_UP_MAX_EVENTS }, (_, n) => n + 3))
      expect(new Set(sizes)).toEqual(new Set([CATCH_UP_EVENTS]))
      expect(at).toEqual(await fixture.head())
    })

    test('answers `fresh` with the newest page and the head when there is no cursor', async () => {
      const sent = await fixture.sendMany(PAGE + 2)
      const sync = await fixture.log.sync(LOBBY, null, PAGE)
      expect(sync).toEqual({ kind: 'fresh', cursor: await fixture.head(), messages: sent.slice(-PAGE), older: true })
      expect(await fixture.log.sync(LOBBY, null, PAGE + 2)).toMatchObject({ older: false, messages: sent })
    })

    test('answers `fresh` in an empty room', async () => {
      const cursor = await fixture.head()
      expect(cursor).toMatchObject({ seq: 0, id: '' })
      expect(await fixture.log.sync(LOBBY, null, PAGE)).toEqual({ kind: 'fresh', cursor, messages: [], older: false })
      expect(await fixture.log.sync(LOBBY, cursor, PAGE)).toMatchObject({ kind: 'events', events: [] })
    })

    test('answers `fresh` to a cursor that this log does not hold', async () => {
      await fixture.sendMany(PAGE)
      const head = await fixture.head()
      const strangers: Cursor[] = [
        { ...head, epoch: newId() },
        { ...head, id: newId() },
        { ...head, seq: head.seq - 1 },
        { ...head, seq: head.seq + 1 },
        { ...head, seq: 0 },
        { epoch: head.epoch, seq: 1, id: '' }
      ]
      for (const cursor of strangers) {
        expect(await fixture.log.sync(LOBBY, cursor, PAGE)).toMatchObject({ kind: 'fresh', cursor: head })
      }
    })

    test('needs the room', async () => {
      expect(await reasonOf(fixture.log.sync('nowhere', null, PAGE))).toBe('no-room')
    })
  })

  describe('pages', () => {
    test('go back from a seq, from an id or with it, oldest first, and say whether more lies before', async () => {
      const sent = await fixture.sendMany(7)
      const page = (before: Parameters<typeof fixture.log.before>[1], limit = PAGE) =>
        fixture.log.before(LOBBY, before, limit, { removed: true })
      expect(await page(null)).toEqual({ messages: sent.slice(4), older: true })
      expect(await page({ seq: 5 })).toEqual({ messages: sent.slice(1, 4), older: true })
      expect(await page({ id: sent[4]?.id ?? '' })).toEqual(await page({ seq: 5 }))
      expect(await page({ upTo: sent[3]?.id ?? '' })).toEqual(await page({ seq: 5 }))
      expect(await page({ seq: 4 })).toEqual({ messages: sent.slice(0, 3), older: false })
      expect(await page({ seq: 1 })).toEqual({ messages: [], older: false })
      for (const place of ['id', 'upTo'])
        expect(await page({ [place]: newId() } as { id: string })).toEqual({ messages: [], older: false })
    })

    test('count messages, not events', async () => {
      const sent = await fixture.sendMany(2)
      for (const emoji of ['👍', '👎', '🎉']) {
        await fixture.append({ kind: 'reacted', message: sent[0]?.id ?? '', emoji, on: true })
      }
      const last = await fixture.send('last')
      const { messages } = await fixture.log.before(LOBBY, null, 2, { removed: true })
      expect(messages.map(({ id }) => id)).toEqual([sent[1]?.id, last.event.id])
    })

    test('omit tombstones when asked, and are still full', async () => {
      const sent = await fixture.sendMany(9)
      const gone = [1, 3, 4, 5, 8].map((n) => sent[n]?.id ?? '')
      await Promise.all(gone.map((message) => fixture.append({ kind: 'removed', message, asModerator: false })))
      const texts = async (removed: boolean, limit: number) => {
        const { messages, older } = await fixture.log.before(LOBBY, null, limit, { removed })
        return [messages.map(({ text }) => text), older]
      }
      expect(await texts(false, 3)).toEqual([['message 3', 'message 7', 'message 8'], true])
      expect(await texts(false, 4)).toEqual([['message 1', 'message 3', 'message 7', 'message 8'], false])
      expect(await texts(true, 5)).toEqual([['', '', 'message 7', 'message 8', ''], true])
      const tombstone = await fixture.log.before(LOBBY, { id: sent[4]?.id ?? '' }, 2, { removed: false })
      expect(tombstone).toMatchObject({ older: false, messages: [{ text: 'message 1' }, { text: 'message 3' }] })
    })
  })

  describe('words', () => {
    test.each([
      '123',
      '1e3',
      'true',
      'null',
      '{}',
      '[]',
      '""',
      '__proto__',
      'constructor',
      '-inf',
      'a\0b',
      '\\u0000 \\ / " \' \u007f \u2028',
      '\r\n\t*3\r\n$3\r\n',
      '👩‍👩‍👧 Łódź ăîșț 名前 ‮'
    ])('%j comes back as text and as name', async (word) => {
      const by = { id: newId(), name: word }
      const { event } = await fixture.send(word, { by })
      await fixture.append({ kind: 'reacted', message: event.id, emoji: '👍', on: true })
      const message = await messageIn(fixture.other, event.id)
      expect(message).toMatchObject({ text: word, by })
      expect(await fixture.log.sync(LOBBY, null, PAGE)).toMatchObject({ messages: [message] })
      const edit = await fixture.append({ kind: 'edited', message: event.id, text: `${word}${word}`, by })
      expect(edit.event.message).toMatchObject({ text: `${word}${word}`, reactions: { '👍': [ana.id] } })
    })

    test('of the greatest length come back whole', async () => {
      const text = '🌻'.repeat(TEXT_MAX_CODE_POINTS)
      const { event } = await fixture.send(text)
      await fixture.append({ kind: 'reacted', message: event.id, emoji: '👍', on: true })
      expect((await messageIn(fixture.log, event.id))?.text).toBe(text)
    })

    test('are made well-formed before they are stored', async () => {
      const { event } = await fixture.send('half \ud800 pair', { by: { id: newId(), name: 'Y\udfff' } })
      expect(event.message).toMatchObject({ text: 'half \ufffd pair', by: { name: 'Y\ufffd' } })
      expect(await messageIn(fixture.log, event.id)).toEqual(event.message)
    })

    test('times stay to the millisecond', async () => {
      const at = 9_999_999_999_999
      const { event } = await fixture.send('far ahead', { at })
      await fixture.append({ kind: 'edited', message: event.id, text: 'further', at: at - 1 })
      expect(await messageIn(fixture.log, event.id)).toMatchObject({ at, editedAt: at - 1 })
    })
  })
}
