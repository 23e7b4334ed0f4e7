// Contract: history and time. What is trimmed, how long records last, and how a store that lost its newest events is detected.
import { describe, expect, test } from 'vitest'
import { LOBBY, newId, PRIVATE_PREFIX, type Author } from '../contract.ts'
import { ana, bob, messageIn, reasonOf, START, type LogFixture } from './log.fixture.ts'

const LIMIT = 5
const DAY_MS = 24 * 60 * 60 * 1000

export function historyClaims(fixture: LogFixture): void {
  describe('history', () => {
    const texts = async () => {
      const { messages, older } = await fixture.log.before(LOBBY, null, 100, { removed: true })
      expect(older).toBe(false)
      return messages.map(({ text }) => text)
    }

    test('keeps the newest messages up to the limit, and continues counting', async () => {
      await fixture.open(LIMIT)
      const sent = await fixture.sendMany(LIMIT + 3)
      expect(await texts()).toEqual(['message 4', 'message 5', 'message 6', 'message 7', 'message 8'])
      expect(await messageIn(fixture.log, sent[0]?.id ?? '')).toBeNull()
      expect((await fixture.send('next')).event.seq).toBe(LIMIT + 4)
    })

    test('counts messages, not events', async () => {
      await fixture.open(LIMIT)
      const sent = await fixture.sendMany(LIMIT)
      for (let n = 0; n < 20; n += 1) {
        await fixture.append({ kind: 'reacted', message: sent[0]?.id ?? '', emoji: '👍', on: n % 2 === 0 })
      }
      expect(await texts()).toHaveLength(LIMIT)
      expect(await reasonOf(fixture.append({ kind: 'edited', message: newId(), text: 'none' }))).toBe('no-message')
    })

    test('trims tombstones like other messages', async () => {
      await fixture.open(LIMIT)
      const [first] = await fixture.sendMany(LIMIT)
      await fixture.append({ kind: 'removed', message: first?.id ?? '', asModerator: false })
      expect(await texts()).toEqual(['', 'message 2', 'message 3', 'message 4', 'message 5'])
      await fixture.send('next')
      expect(await texts()).toEqual(['message 2', 'message 3', 'message 4', 'message 5', 'next'])
    })

    test('answers `fresh` to a trimmed cursor, and events to others', async () => {
      await fixture.open(LIMIT)
      const start = await fixture.head()
      await fixture.send('first')
      const early = await fixture.head()
      await fixture.send('second')
      const late = await fixture.head()
      await fixture.sendMany(LIMIT)
      for (const cursor of [start, early]) {
        expect(await fixture.log.sync(LOBBY, cursor, LIMIT)).toMatchObject({ kind: 'fresh', older: false })
      }
      expect(await fixture.log.sync(LOBBY, late, LIMIT)).toMatchObject({ kind: 'events', events: { length: LIMIT } })
    })

    test('shows an event of a trimmed message with a tombstone', async () => {
      await fixture.open(LIMIT)
      const { event } = await fixture.send('first')
      await fixture.send('second')
      const before = await fixture.head()
      const edit = await fixture.append({ kind: 'edited', message: event.id, text: 'first!' })
      await fixture.sendMany(LIMIT - 1)
      const sync = await fixture.log.sync(LOBBY, before, LIMIT)
      const message = { id: event.id, seq: 1, rev: edit.event.seq, text: '', removed: true }
      expect(sync).toMatchObject({ kind: 'events', events: { 0: { kind: 'edited', message } } })
    })

    test('shrinks to a lowered limit at once, first in what authors with more than a quarter of it wrote', async () => {
      const limit = 40
      const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n)
      const people = range(0, 10).map((n): Author => ({ id: newId(), name: `Person ${n}` }))
      await fixture.log.createRoom({ id: 'other', title: 'Other', by: null, at: START }, 9)
      const hidden = `${PRIVATE_PREFIX}cellar`
      const members = [{ id: ana.id!, name: ana.name }]
      await fixture.log.createHidden({ id: hidden, title: 'Cellar', by: ana.id, at: START }, members, 9)
      for (const room of ['other', hidden]) await fixture.sendMany(limit + 20, room)
      await Promise.all(range(0, 400).map((n) => fixture.send(`many ${n}`, { by: people[n % 10]! })))
      await Promise.all(range(0, 300).map((n) => fixture.send(`flood ${n}`, { by: bob })))
      const head = await fixture.head()
      let reports = 0
      await fixture.store.reopen(limit, { onShrink: () => (reports += 1) })
      const count = async (room: string) =>
        (await fixture.log.before(room, null, 1_000, { removed: true })).messages.length
      await expect
        .poll(() => Promise.all([LOBBY, 'other', hidden].map(count)), { interval: 20 })
        .toEqual([limit, limit, limit])
      // Each instance of a Redis reports it.
      expect(reports).toBeGreaterThan(0)
      expect(reports).toBeLessThanOrEqual(2)
      const expected = [...range(370, 400).map((n) => `many ${n}`), ...range(290, 300).map((n) => `flood ${n}`)]
      expect(await texts()).toEqual(expected)
      expect(await fixture.log.sync(LOBBY, head, 1)).toMatchObject({ kind: 'events', cursor: head })
    })
  })

  describe('records', () => {
    test('of a message outlive it: a late repeat is no second message', async () => {
      await fixture.open(LIMIT)
      const first = await fixture.send('first')
      const edit = { kind: 'edited', message: first.event.id, text: 'first!', id: newId() } as const
      const edited = await fixture.append(edit)
      await fixture.sendMany(LIMIT)
      fixture.clock = START + 7 * DAY_MS - 1
      await fixture.sendMany(LIMIT)
      const head = await fixture.head()
      const { seq, id, at, by } = first.event
      const again = await fixture.send('first', { id, by })
      expect(again).toMatchObject({
        repeated: true,
        before: { seq: 0, id: '' },
        event: { seq, id, at, by, kind: 'sent' }
      })
      const editedAgain = await fixture.append(edit)
      expect(editedAgain).toMatchObject({ repeated: true, event: { seq: edited.event.seq, at: edited.event.at } })
      expect(await reasonOf(fixture.send('first', { id, by: bob }))).toBe('id-taken')
      expect(await fixture.head()).toEqual(head)
    })

    test('of trimmed messages are dropped after more than seven days', async () => {
      await fixture.open(LIMIT)
      const [first] = await fixture.sendMany(LIMIT * 2)
      fixture.clock = START + 7 * DAY_MS + 1
      await fixture.sendMany(LIMIT)
      expect(await fixture.send('as new', { id: first?.id ?? '', by: bob })).toMatchObject({ repeated: false })
    })

    test('of stored messages are as old as their messages', async () => {
      const { event } = await fixture.send('old')
      fixture.clock = START + 30 * DAY_MS
      await fixture.sendMany(20)
      expect(await fixture.send('old', { id: event.id })).toMatchObject({ repeated: true, event: { seq: 1 } })
    })
  })

  describe('a store that lost its newest events', () => {
    test('takes a new epoch before it stores anything, and continues counting', async () => {
      await fixture.sendMany(2)
      const kept = await fixture.head()
      const restore = await fixture.store.copy()
      await fixture.sendMany(3)
      const lost = await fixture.head()
      await restore()
      expect(await fixture.head()).toEqual(kept)

      const { before, event } = await fixture.send('after the loss', { known: lost })
      expect(before).toEqual({ epoch: before.epoch, seq: 2, id: kept.id })
      expect(before.epoch).not.toBe(kept.epoch)
      expect(event.seq).toBe(3)
      const head = await fixture.head()
      expect(head).toEqual({ epoch: before.epoch, seq: 3, id: event.id })
      for (const cursor of [kept, lost]) {
        expect(await fixture.log.sync(LOBBY, cursor, 10)).toMatchObject({ kind: 'fresh', cursor: head })
      }
      expect(await fixture.log.sync(LOBBY, before, 10)).toMatchObject({ kind: 'events', events: [{ id: event.id }] })
    })

    test('is detected by the id when other events have the same numbers', async () => {
      await fixture.sendMany(2)
      const restore = await fixture.store.copy()
      await fixture.send('lost')
      const lost = await fixture.head()
      await restore()
      await fixture.send('numbered like the lost one')
      const other = await fixture.head()
      expect(other).toMatchObject({ epoch: lost.epoch, seq: lost.seq })
      expect(await fixture.log.sync(LOBBY, lost, 10)).toMatchObject({ kind: 'fresh' })
      await fixture.send('and on')
      const { before } = await fixture.send('by one who knew the lost one', { known: lost })
      expect(before.epoch).not.toBe(lost.epoch)
      expect(before.seq).toBe(4)
      // Its new epoch is nobody's loss: a client that still speaks of the old one is merely behind.
      expect((await fixture.send('late', { known: lost })).before.epoch).toBe(before.epoch)
    })

    test('takes a new epoch once when a cursor shows the loss, and changes nothing else', async () => {
      await fixture.sendMany(2)
      const restore = await fixture.store.copy()
      await fixture.sendMany(2)
      const lost = await fixture.head()
      await restore()
      const { event } = await fixture.send('said meanwhile')
      const head = await fixture.log.remind(LOBBY, lost)
      expect(head).toEqual({ epoch: head.epoch, seq: 3, id: event.id })
      expect(head.epoch).not.toBe(lost.epoch)
      expect(await fixture.other.remind(LOBBY, lost)).toEqual(head)
      expect(await fixture.head()).toEqual(head)
      expect(await fixture.log.sync(LOBBY, head, 10)).toMatchObject({ kind: 'events', events: [] })
      expect((await fixture.log.sync(LOBBY, null, 10)).cursor).toEqual(head)
      expect(await fixture.log.sync(LOBBY, { ...head, seq: 0, id: '' }, 10)).toMatchObject({ kind: 'events' })
    })

    test('is not one that holds, trimmed or never knew the event', async () => {
      await fixture.open(LIMIT)
      const start = await fixture.head()
      const [first] = await fixture.sendMany(LIMIT * 3)
      const old = { epoch: start.epoch, seq: 1, id: first?.id ?? '' }
      for (const known of [start, old, await fixture.head(), { ...start, epoch: newId(), seq: 99, id: newId() }])
        expect(await fixture.log.remind(LOBBY, known)).toEqual(await fixture.head())
      expect(await reasonOf(fixture.log.remind('nowhere', start))).toBe('no-room')
      expect((await fixture.head()).epoch).toBe(start.epoch)
    })

    test('is not one whose caller is behind, even if the caller’s event was trimmed', async () => {
      await fixture.open(LIMIT)
      const start = await fixture.head()
      await fixture.send('seen by the one behind')
      const behind = await fixture.head()
      await fixture.sendMany(LIMIT * 2)
      fixture.clock += 8 * DAY_MS
      await fixture.sendMany(LIMIT * 2)
      for (const known of [start, behind, await fixture.head(), { ...behind, epoch: newId() }]) {
        expect((await fixture.send('late', { known })).before.epoch).toBe(start.epoch)
      }
    })

    test('does not change its epoch for a verb that it refuses', async () => {
      const start = await fixture.head()
      const known = { ...start, seq: 7, id: newId() }
      expect(await reasonOf(fixture.append({ kind: 'edited', message: newId(), text: 'none', known }))).toBe(
        'no-message'
      )
      expect(await fixture.head()).toEqual(start)
    })
  })
}
