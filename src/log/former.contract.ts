// What every message log promises about the name of somebody who has left.
import { describe, expect, test } from 'vitest'
import { LOBBY, PRIVATE_PREFIX, newId } from '../contract.ts'
import { ana, bob, messageIn, type LogFixture } from './log.fixture.ts'

export function formerClaims(to: LogFixture): void {
  describe('somebody who has left', () => {
    test('has no name in private rooms, and goes on in conversations without one', async () => {
      const room = {
        id: `${PRIVATE_PREFIX}${newId().toLowerCase().replaceAll('_', '-')}`,
        title: 'Attic',
        by: bob.id,
        at: 0
      }
      const members = [
        { id: bob.id!, name: 'Bob' },
        { id: ana.id!, name: 'Żaneta' }
      ]
      await to.log.createHidden(room, members, 10)
      await to.send('one', { room: room.id, by: { ...ana, name: 'Żaneta' } })
      await to.log.changeMembers({
        room: room.id,
        id: newId(),
        by: { ...ana, name: 'Żaneta' },
        at: 0,
        what: 'left',
        person: members[1]!
      })
      await to.log.changeMembers({ room: room.id, id: newId(), by: bob, at: 0, what: 'joined', person: members[1]! })
      const { cursor } = await to.log.sync(room.id, null, 10)
      const start = { ...cursor, seq: 0, id: '' }
      await to.log.forgetAuthor(ana.id!)
      for (const found of [
        await to.log.roomsOf(bob.id!),
        await to.log.sync(room.id, start, 10),
        await to.log.sync(room.id, null, 10)
      ])
        expect(JSON.stringify(found)).not.toContain('aneta')
      const [record] = await to.log.roomsOf(ana.id!)
      expect(record?.members.map(({ id }) => id)).toEqual([bob.id, ana.id])
      await to.send('two', { room: room.id, by: { ...ana, name: '' } })
    })

    test('has no name in messages, events and mentions, and everything else stays as it was', async () => {
      const named = { ...ana, name: 'Żaneta "Z" Ana' }
      const { event: first } = await to.send('one', { by: named })
      const mentions = [
        { id: ana.id!, name: named.name },
        { id: bob.id!, name: 'Bob' }
      ]
      await to.send('@ two', { by: bob, mentions })
      await to.append({ kind: 'reacted', by: named, message: first.message.id, emoji: '👍', on: true })
      await to.append({ kind: 'edited', by: named, message: first.message.id, text: 'uno' })
      const { event: gone } = await to.send('three', { by: named })
      await to.append({ kind: 'removed', by: named, message: gone.message.id })
      const before = await to.log.sync(LOBBY, null, 10)
      const cursor = before.cursor

      await to.log.forgetAuthor(ana.id!)
      await to.log.forgetAuthor(ana.id!)
      const after = await to.log.sync(LOBBY, null, 10)
      expect(JSON.stringify(after)).not.toContain('aneta')
      const nameless = (sync: unknown) =>
        JSON.parse(
          JSON.stringify(sync).replaceAll(JSON.stringify(named.name), '""').replaceAll(/" +"/g, '""')
        ) as unknown
      expect(nameless(after)).toEqual(nameless(before))
      // The log goes on at the same place, for those who were there and for those who come back.
      expect(await to.log.sync(LOBBY, cursor, 10)).toMatchObject({ cursor })
      const { before: place } = await to.send('four', { by: bob, known: cursor })
      expect(place).toEqual(cursor)
      const id = newId()
      await to.send('five', { by: { ...ana, name: 'Ana' }, id })
      expect((await messageIn(to.log, id))?.by).toEqual({ id: ana.id, name: 'Ana' })
    })
  })
}
