// Contract: reading. Catch-up, fresh answers, pages, heads, rooms, and the characters of texts.
import { describe, expect, test } from 'vitest'
import {
  CATCH_UP_EVENTS,
  CATCH_UP_MAX_EVENTS,
  LOBBY,
  newId,
  PINS_MAX,
  PRIVATE_PREFIX,
  TEXT_MAX_CODE_POINTS,
  type Cursor,
  type RoomEvent,
  type Sync
} from '../contract.ts'
import { ana, bob, messageIn, reasonOf, START, type LogFixture } from './log.fixture.ts'
import { ROOMS_PER_PERSON } from './limits.ts'
import type { Heads } from './message-log.ts'

const PAGE = 3

function eventsOf(sync: Sync): RoomEvent[] {
  expect(sync.kind).toBe('events')
  return sync.kind === 'events' ? sync.events : []
}

const roomsIn = (heads: Heads) => [...heads.keys()].filter((field) => !field.startsWith('#')).toSorted()

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

  describe('rooms', () => {
    const garden = { id: 'garden', title: 'Grădină 🌻', by: ana.id, at: START }

    test('start with the lobby, oldest first, each with its head', async () => {
      await fixture.log.createRoom(garden, 10)
      await fixture.log.createRoom({ ...garden, id: 'attic', title: 'Attic', at: START - 1_000 }, 10)
      const rooms = await fixture.other.rooms()
      expect(rooms.map(({ id }) => id)).toEqual([LOBBY, 'garden', 'attic'])
      expect(rooms[0]).toMatchObject({ by: null })
      expect(rooms[1]).toEqual(garden)
      const { event } = await fixture.send('first', { room: 'garden' })
      const heads = await fixture.log.heads()
      expect(roomsIn(heads)).toEqual(['attic', 'garden', LOBBY])
      expect(heads.get('garden')).toMatchObject({ seq: 1, id: event.id })
      expect(new Set(roomsIn(heads).map((room) => heads.get(room)?.epoch)).size).toBe(3)
    })

    test('created again by the same person with the same title are the same', async () => {
      expect(await fixture.log.createRoom(garden, 10)).toEqual(garden)
      await fixture.send('hello', { room: 'garden' })
      const head = await fixture.head('garden')
      expect(await fixture.log.createRoom({ ...garden, at: START + 1 }, 1)).toEqual(garden)
      expect(await fixture.head('garden')).toEqual(head)
    })

    test('of somebody else, or with another title, exist already', async () => {
      await fixture.log.createRoom(garden, 10)
      expect(await reasonOf(fixture.log.createRoom({ ...garden, by: bob.id }, 10))).toBe('room-exists')
      expect(await reasonOf(fixture.log.createRoom({ ...garden, title: 'Orchard' }, 10))).toBe('room-exists')
      expect(await reasonOf(fixture.log.createRoom({ ...garden, id: LOBBY }, 10))).toBe('room-exists')
    })

    test('with a title that looks like another exist already, on every instance', async () => {
      const alike = ['Scope', 'ѕсоре', 'SCОPE', 'Sс0pe']
      const made = await Promise.allSettled(
        alike.map((title, n) =>
          (n % 2 ? fixture.log : fixture.other).createRoom(
            { id: `room-${n}`, title, by: `by ${n}`, at: START },
            10,
            true
          )
        )
      )
      expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(await fixture.log.rooms()).toHaveLength(2)
      await fixture.store.reopen(10_000)
      const lobby = { id: 'lobby-2', title: 'Lоbby', by: ana.id, at: START }
      expect(await reasonOf(fixture.store.log.createRoom(lobby, 10))).toBe('room-exists')
      expect(await fixture.store.log.createRoom({ ...lobby, title: 'Hobby' }, 10)).toMatchObject({ title: 'Hobby' })
    })

    test('created again by the same person are the same, even with another id each time', async () => {
      const reading = { id: 'room-one', title: '読書', by: ana.id, at: START }
      await fixture.log.createRoom(reading, 10)
      expect(await fixture.other.createRoom({ ...reading, id: 'room-two' }, 2)).toEqual(reading)
      expect(await reasonOf(fixture.other.createRoom({ ...reading, id: 'room-two', by: bob.id }, 10))).toBe(
        'room-exists'
      )
    })

    test('are limited in number, even when created at once', async () => {
      const made = await Promise.allSettled(
        Array.from({ length: 10 }, (_, n) =>
          (n % 2 ? fixture.log : fixture.other).createRoom(
            { ...garden, id: `room-${n}`, title: `Room ${'abcdefghij'[n]}` },
            4
          )
        )
      )
      expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
      expect(await reasonOf(fixture.log.createRoom(garden, 4))).toBe('rooms-full')
      expect(await fixture.log.rooms()).toHaveLength(4)
    })

    test('of one person are limited in number', async () => {
      const make = (n: number, by = ana.id) =>
        fixture.log.createRoom(
          { id: `room-${n}`, title: `Room ${'abcdefghijklmnopqrstuvwxyz'[n]}`, by, at: START },
          100
        )
      for (let n = 0; n < ROOMS_PER_PERSON; n += 1) await make(n)
      expect(await reasonOf(make(ROOMS_PER_PERSON))).toBe('rooms-full')
      expect(await reasonOf(make(0))).toBe('kept')
      expect(await reasonOf(make(ROOMS_PER_PERSON, bob.id))).toBe('kept')
      expect(await fixture.log.removeRooms(['room-1'])).toEqual(['room-1'])
      expect(await reasonOf(make(ROOMS_PER_PERSON + 1))).toBe('kept')
      // The newest is the last, though there are no more than before.
      expect((await fixture.log.rooms()).at(-1)?.id).toBe(`room-${ROOMS_PER_PERSON + 1}`)
    })

    test('change in title and settings, in one order for all instances', async () => {
      const { store } = fixture
      const { log, other } = store
      await log.createRoom(garden, 10)
      const settings = { title: 'Orchard', topic: 'Seeds "and" trees', slowSeconds: 30, readOnly: true, archived: true }
      const changed = { ...garden, ...settings, rev: 1 }
      expect(await other.changeRoom('garden', settings)).toEqual(changed)
      expect(await log.changeRoom('garden', { title: 'Orchard', slowSeconds: 30 })).toEqual(changed)
      expect((await log.room('garden')).room).toEqual(changed)
      const changes = Array.from({ length: 10 }, (_, n) =>
        (n % 2 ? log : other).changeRoom('garden', { topic: `topic ${n}` })
      )
      const revs = (await Promise.all(changes)).map(({ rev = 0 }) => rev)
      expect(revs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, n) => n + 2))
      expect(await reasonOf(log.changeRoom('nowhere', { topic: 'none' }))).toBe('no-room')
      await store.reopen(10_000)
      const back = { topic: '', slowSeconds: 0, readOnly: false, archived: false }
      expect(await store.log.changeRoom('garden', back)).toEqual({ ...garden, title: 'Orchard', rev: 12 })
      expect(await store.log.changeRoom('garden', { by: bob.id! })).toMatchObject({ by: bob.id, rev: 13 })
      expect((await store.other.room('garden')).room.by).toBe(bob.id)
    })

    test('have pinned messages, in the order in which they were pinned, until they are removed', async () => {
      const { log, other, append, sendMany } = fixture
      const room = `${PRIVATE_PREFIX}pins`
      await log.createHidden({ ...garden, id: room }, [{ id: ana.id!, name: ana.name }], 10)
      for (const id of [LOBBY, room]) {
        const [one, two, three] = (await sendMany(PINS_MAX + 1, id)).map((message) => message.id)
        expect((await log.pin(id, two!, true)).pins).toEqual([two])
        const pinned = await other.pin(id, one!, true)
        expect(pinned).toMatchObject({ pins: [two, one], rev: 2 })
        expect(await log.pin(id, two!, true)).toEqual(pinned)
        expect(await log.pin(id, three!, false)).toEqual(pinned)
        expect(await reasonOf(log.pin(id, newId(), true))).toBe('no-message')
        const { room: after } = await append({ kind: 'removed', room: id, message: two!, asModerator: true })
        expect(after).toEqual({ ...pinned, pins: [one], rev: 3 })
        expect((await other.room(id)).room).toEqual(after)
        expect(await reasonOf(log.pin(id, two!, true))).toBe('no-message')
        expect(await log.pin(id, one!, false)).not.toHaveProperty('pins')
        const { room: same } = await append({ kind: 'removed', room: id, message: three!, asModerator: true })
        expect(same).toBeUndefined()
      }
      const rest = (await sendMany(PINS_MAX + 1)).map((message) => message.id)
      for (const id of rest.slice(1)) await log.pin(LOBBY, id, true)
      expect(await reasonOf(log.pin(LOBBY, rest[0]!, true))).toBe('too-many')
      expect(await reasonOf(log.pin('nowhere', rest[0]!, true))).toBe('no-room')
    })

    test('take no title that looks like another room’s, whichever instance gave it; the former one is free', async () => {
      const { log, other } = fixture.store
      await log.createRoom(garden, 10)
      await log.createRoom({ ...garden, id: 'attic', title: 'Attic' }, 10)
      // The first instance has compared titles with the former one.
      await other.changeRoom('attic', { title: 'Orchard' })
      expect(await reasonOf(log.changeRoom('garden', { title: 'Оrchard' }))).toBe('room-exists')
      expect(await reasonOf(log.createRoom({ ...garden, id: 'other', title: 'Оrchard' }, 10))).toBe('room-exists')
      expect(await log.changeRoom('garden', { title: 'Attic' })).toMatchObject({ title: 'Attic', rev: 1 })
    })

    test('without a message can be removed and created again as other rooms; the lobby and others cannot', async () => {
      for (const room of [garden, { ...garden, id: 'attic', title: 'Attic' }]) await fixture.log.createRoom(room, 10)
      const { event } = await fixture.send('x'.repeat(TEXT_MAX_CODE_POINTS), { room: 'garden' })
      await fixture.send('hello', { room: 'attic' })
      const head = await fixture.head('garden')
      const all = [LOBBY, 'garden', 'attic', 'nowhere']
      expect(await fixture.log.removeRooms(all)).toEqual([])
      await fixture.append({ kind: 'removed', room: 'garden', message: event.id, asModerator: false })
      expect(await fixture.log.removeRooms(all)).toEqual(['garden'])
      expect((await fixture.other.rooms()).map(({ id }) => id)).toEqual([LOBBY, 'attic'])
      expect(roomsIn(await fixture.other.heads())).toEqual(['attic', LOBBY])
      expect(await reasonOf(fixture.send('gone', { room: 'garden' }))).toBe('no-room')
      expect(await reasonOf(fixture.other.sync('garden', head, 10))).toBe('no-room')

      await fixture.other.createRoom({ ...garden, by: bob.id }, 10)
      const again = await fixture.send('again', { room: 'garden', id: event.id, by: bob })
      expect(again).toMatchObject({ repeated: false, event: { seq: 1 } })
      expect(again.before.epoch).not.toBe(head.epoch)
      expect(await fixture.log.sync('garden', head, 10)).toMatchObject({ kind: 'fresh', messages: [{ text: 'again' }] })
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
