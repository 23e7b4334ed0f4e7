// Contract: repeating a verb. The same id is the same verb, with one effect.
import { describe, expect, test } from 'vitest'
import { newId } from '../contract.ts'
import { ana, bob, guest, reasonOf, START, type LogFixture } from './log.fixture.ts'

export function repeatingClaims(fixture: LogFixture): void {
  describe('repeating', () => {
    test('returns the original seq, id and time, and stores nothing', async () => {
      const id = newId()
      const first = await fixture.send('hello', { id })
      await fixture.send('meanwhile')
      fixture.clock += 5_000
      expect(await fixture.send('hello', { id })).toEqual({ ...first, repeated: true })
      expect((await fixture.head()).seq).toBe(2)
    })

    test('returns the message in its present state', async () => {
      const { event } = await fixture.send('first')
      await fixture.append({ kind: 'edited', message: event.id, text: 'second' })
      const again = await fixture.send('first', { id: event.id })
      expect(again).toMatchObject({ repeated: true, event: { seq: 1, message: { text: 'second', rev: 2 } } })
    })

    test('holds for every verb', async () => {
      const { event } = await fixture.send('hello')
      const verbs = [
        { kind: 'edited', message: event.id, text: 'hello!' },
        { kind: 'reacted', message: event.id, emoji: '👍', on: true },
        { kind: 'removed', message: event.id, asModerator: false }
      ] as const
      for (const verb of verbs) {
        const id = newId()
        const first = await fixture.append({ ...verb, id })
        expect(first.repeated).toBe(false)
        expect(await fixture.append({ ...verb, id })).toEqual({ ...first, repeated: true })
      }
      expect((await fixture.head()).seq).toBe(4)
    })

    test('another author, or a guest of another name, gets `id-taken`', async () => {
      const { event } = await fixture.send('mine')
      expect(await reasonOf(fixture.send('mine', { id: event.id, by: bob }))).toBe('id-taken')
      const unowned = await fixture.send('from the door', { by: guest })
      expect(
        await reasonOf(fixture.send('from the door', { id: unowned.event.id, by: { id: null, name: 'Dan' } }))
      ).toBe('id-taken')
      expect((await fixture.send('from the door', { id: unowned.event.id, by: guest })).repeated).toBe(true)
    })

    test('a new name does not make another author', async () => {
      const { event } = await fixture.send('mine')
      const renamed = { ...ana, name: 'Ana-Maria' }
      expect(await fixture.send('mine', { id: event.id, by: renamed })).toMatchObject({
        repeated: true,
        event: { by: ana }
      })
    })

    test('an id used for one verb is taken for every other, and for another message', async () => {
      const { event } = await fixture.send('one')
      const other = await fixture.send('two')
      const edit = newId()
      await fixture.append({ kind: 'edited', message: event.id, text: 'one!', id: edit })
      expect(await reasonOf(fixture.append({ kind: 'edited', message: event.id, text: 'no', id: event.id }))).toBe(
        'id-taken'
      )
      expect(await reasonOf(fixture.send('no', { id: edit }))).toBe('id-taken')
      expect(await reasonOf(fixture.append({ kind: 'removed', message: event.id, asModerator: false, id: edit }))).toBe(
        'id-taken'
      )
      expect(await reasonOf(fixture.append({ kind: 'edited', message: other.event.id, text: 'no', id: edit }))).toBe(
        'id-taken'
      )
    })

    test('an id belongs to its room', async () => {
      const { event } = await fixture.send('here')
      await fixture.log.createRoom({ id: 'garden', title: 'Garden', by: ana.id, at: START }, 10)
      expect(await fixture.send('there', { room: 'garden', id: event.id })).toMatchObject({ repeated: false })
    })

    test('a refused verb leaves its id free', async () => {
      const id = newId()
      expect(await reasonOf(fixture.append({ kind: 'edited', message: newId(), text: 'of nothing', id }))).toBe(
        'no-message'
      )
      expect((await fixture.send('something', { id, by: bob })).repeated).toBe(false)
    })
  })
}
