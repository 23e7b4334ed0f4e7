// Contract: rooms. Creating, changing, pinning and removing them, and what their settings allow.
import { describe, expect, test } from 'vitest'
import { LOBBY, newId, PINS_MAX, PRIVATE_PREFIX, TEXT_MAX_CODE_POINTS, type RoomChange } from '../contract.ts'
import { ana, bob, reasonOf, START, type LogFixture, guest } from './log.fixture.ts'
import { ROOMS_PER_PERSON } from './limits.ts'
import type { Heads, Change } from './message-log.ts'
import { ChatError } from '../errors.ts'

const roomsIn = (heads: Heads) => [...heads.keys()].filter((field) => !field.startsWith('#')).toSorted()

export function roomClaims(fixture: LogFixture): void {
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

  describe('settings of the room', () => {
    const room = 'garden'
    const { append } = fixture
    const logs = () => [fixture.log, fixture.other]
    const change = (settings: RoomChange) => logs()[1]?.changeRoom(room, settings)
    const outcome = async (verb: Partial<Change> & Pick<Change, 'kind'>, log = logs()[0]) => {
      try {
        await append({ room, settingsNoted: true, ...verb }, log)
        return 'ok'
      } catch (cause) {
        if (cause instanceof ChatError) return cause.reason
        throw cause
      }
    }
    const writing = (more: Partial<Change> = {}) => outcome({ kind: 'sent', text: 'hello', ...more })
    const open = () => logs()[0]?.createRoom({ id: room, title: 'Garden', by: bob.id, at: START }, 10)
    const moderators: Partial<Change>[] = [{ by: bob }, { by: ana, asModerator: true }]

    test('read-only refuses messages and edits but of those who moderate; a closed room takes removals only', async () => {
      await open()
      const id = newId()
      const message = id
      await writing({ id })
      await change({ readOnly: true })
      expect(await Promise.all([writing(), writing({ by: guest })])).toEqual(['read-only', 'read-only'])
      expect(await outcome({ kind: 'edited', message, text: 'no' })).toBe('read-only')
      expect(await outcome({ kind: 'reacted', message, emoji: '👍', on: true })).toBe('ok')
      expect(await Promise.all(moderators.map(writing))).toEqual(['ok', 'ok'])
      // A repeat of what is stored.
      expect(await writing({ id })).toBe('ok')
      await change({ readOnly: false, archived: true })
      expect(await Promise.all(moderators.map(writing))).toEqual(['room-closed', 'room-closed'])
      expect(await outcome({ kind: 'reacted', message, emoji: '👍', on: false })).toBe('room-closed')
      expect(await outcome({ kind: 'removed', message })).toBe('ok')
      await change({ archived: false })
      expect(await writing()).toBe('ok')
    })

    test('in slow mode one of several messages at once is stored, and the next when the time is over', async () => {
      await open()
      await change({ slowSeconds: 30 })
      const atOnce = async (more: Partial<Change> = {}) => {
        const all = await Promise.all(
          [...logs(), undefined].map((log) => outcome({ kind: 'sent', text: 'now', ...more }, log))
        )
        return all.toSorted((a, b) => (a < b ? -1 : 1)).join(' ')
      }
      expect(await atOnce()).toBe('ok slow-mode slow-mode')
      // Guests are slowed down by where they come from: they have any name.
      expect(await atOnce({ by: guest, slowed: 'an address' })).toBe('ok slow-mode slow-mode')
      expect(await writing({ by: { id: null, name: 'Dan' }, slowed: 'an address' })).toBe('slow-mode')
      for (const who of moderators) expect(await atOnce(who)).toBe('ok ok ok')
      fixture.clock += 29_000
      await expect(append({ kind: 'sent', room, text: 'soon' })).rejects.toMatchObject({ retryAfterMs: 1_000 })
      fixture.clock += 1_000
      expect(await writing()).toBe('ok')
      await change({ slowSeconds: 0 })
      expect(await atOnce()).toBe('ok ok ok')
    })
  })
}
