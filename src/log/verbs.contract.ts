// Contract: appending. Order, the conditions of each verb, races.
import { describe, expect, test } from 'vitest'
import {
  newId,
  REACTIONS_MAX_EMOJI,
  REACTIONS_MAX_PER_MESSAGE,
  REACTIONS_MAX_PER_PERSON,
  STORED_VERSION,
  TEXT_MAX_BYTES,
  LOBBY
} from '../contract.ts'
import { FORMER_TEXTS_MAX } from './former-texts.ts'
import { ana, bob, guest, messageIn, reasonOf, START, type LogFixture } from './log.fixture.ts'

export function verbClaims(fixture: LogFixture): void {
  describe('appending', () => {
    test('numbers events 1, 2, 3 … and returns the cursor that each follows', async () => {
      const one = await fixture.send('one')
      const two = await fixture.send('two')
      const { epoch } = await fixture.head()
      expect(one.before).toEqual({ epoch, seq: 0, id: '' })
      expect(two.before).toEqual({ epoch, seq: 1, id: one.event.id })
      expect(two.event).toEqual({
        v: STORED_VERSION,
        seq: 2,
        kind: 'sent',
        id: two.event.id,
        at: START,
        by: ana,
        message: { id: two.event.id, seq: 2, rev: 2, at: START, by: ana, text: 'two' }
      })
      expect(await fixture.head()).toEqual({ epoch, seq: 2, id: two.event.id })
    })

    test('gives 200 appends at once from two connections the numbers 1 to 200', async () => {
      const logs = [fixture.log, fixture.other]
      const kept = await Promise.all(
        Array.from({ length: 200 }, (_, n) => fixture.append({ kind: 'sent', text: `${n}` }, logs[n % 2]))
      )
      const bySeq = kept.toSorted((a, b) => a.event.seq - b.event.seq)
      expect(bySeq.map(({ event }) => event.seq)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1))
      expect(bySeq.slice(1).map(({ before }) => before.id)).toEqual(bySeq.slice(0, -1).map(({ event }) => event.id))
    })

    test('numbers each room separately, and refuses an unknown room', async () => {
      await fixture.log.createRoom({ id: 'garden', title: 'Garden', by: ana.id, at: START }, 10)
      await fixture.send('in the lobby')
      expect((await fixture.send('in the garden', { room: 'garden' })).event.seq).toBe(1)
      expect(await reasonOf(fixture.send('nowhere', { room: 'nowhere' }))).toBe('no-room')
    })

    test('stores the target of a reply unchecked', async () => {
      const replyTo = newId()
      const { event } = await fixture.send('indeed', { replyTo })
      expect(event.message.replyTo).toBe(replyTo)
      expect(await messageIn(fixture.log, event.id)).toEqual(event.message)
    })
  })

  test('former texts of a message stay with it, apart from what all read, and go with it', async () => {
    const { log, other, append, send } = fixture
    const { event } = await send('text 0', { at: START })
    const { id } = event
    const edit = (text: string, at: number) => append({ kind: 'edited', message: id, text, at })
    expect(await log.former(LOBBY, id)).toEqual([])
    for (let n = 1; n <= FORMER_TEXTS_MAX + 1; n += 1) await edit(`text ${n}`, START + n)
    await append({ kind: 'reacted', message: id, emoji: '👍', on: true })
    const expected = Array.from({ length: FORMER_TEXTS_MAX }, (_, n) => ({ text: `text ${n + 1}`, at: START + n + 1 }))
    expect(await other.former(LOBBY, id)).toEqual(expected)
    await edit('ą'.repeat(TEXT_MAX_BYTES / 4), START + 10)
    const last = await edit('the last', START + 11)
    await edit('x'.repeat(TEXT_MAX_BYTES / 2), START + 12)
    await edit('short', START + 13)
    expect((await log.former(LOBBY, id)).map(({ at }) => at)).toEqual([START + 11, START + 12])
    const read = [last, await log.sync(LOBBY, null, 10), await log.sync(LOBBY, last.before, 10)]
    expect(JSON.stringify(read)).not.toMatch(/text \d|ąą|former/)
    await append({ kind: 'removed', message: id, asModerator: true })
    for (const gone of [id, newId()]) expect(await reasonOf(log.former(LOBBY, gone))).toBe('no-message')
    expect(await reasonOf(log.former('nowhere', id))).toBe('no-room')
  })

  describe('editing', () => {
    test('replaces the text, raises rev and records the time', async () => {
      const { event } = await fixture.send('helo', { replyTo: newId() })
      fixture.clock += 1_000
      const edit = await fixture.append({ kind: 'edited', message: event.id, text: 'hello' })
      const after = { ...event.message, text: 'hello', rev: 2, editedAt: START + 1_000 }
      expect(edit.event).toMatchObject({ seq: 2, kind: 'edited', message: after })
      expect(await messageIn(fixture.log, event.id)).toEqual(after)
    })

    test("is the author's alone", async () => {
      const { event } = await fixture.send('mine')
      expect(await reasonOf(fixture.append({ kind: 'edited', message: event.id, text: 'yours', by: bob }))).toBe(
        'not-allowed'
      )
      expect(await reasonOf(fixture.append({ kind: 'edited', message: event.id, text: 'yours', by: guest }))).toBe(
        'not-allowed'
      )
      const unowned = await fixture.send("nobody's", { by: guest })
      for (const by of [guest, ana]) {
        expect(await reasonOf(fixture.append({ kind: 'edited', message: unowned.event.id, text: 'mine', by }))).toBe(
          'not-allowed'
        )
      }
      expect((await fixture.head()).seq).toBe(2)
    })

    test('needs an existing message', async () => {
      expect(await reasonOf(fixture.append({ kind: 'edited', message: newId(), text: 'of nothing' }))).toBe(
        'no-message'
      )
      const { event } = await fixture.send('going')
      await fixture.append({ kind: 'removed', message: event.id, asModerator: false })
      expect(await reasonOf(fixture.append({ kind: 'edited', message: event.id, text: 'back' }))).toBe('no-message')
    })
  })

  describe('removing', () => {
    test('leaves a tombstone without text, reactions or edits', async () => {
      const { event } = await fixture.send('secret', { replyTo: newId() })
      await fixture.append({ kind: 'edited', message: event.id, text: 'secrets' })
      await fixture.append({ kind: 'reacted', message: event.id, emoji: '👍', on: true, by: bob })
      const removal = await fixture.append({ kind: 'removed', message: event.id, asModerator: false })
      const tombstone = { id: event.id, seq: 1, rev: 4, at: START, by: ana, text: '', removed: true }
      expect(removal.event.message).toEqual(tombstone)
      expect(await messageIn(fixture.log, event.id)).toEqual(tombstone)
    })

    test("is for its author, for anybody where it is nobody's, and for moderators", async () => {
      const remove = (message: string, by = bob, asModerator = false) =>
        fixture.append({ kind: 'removed', message, by, asModerator })
      const [one, two] = await fixture.sendMany(2)
      expect(await reasonOf(remove(one?.id ?? ''))).toBe('not-allowed')
      expect(await reasonOf(remove(one?.id ?? '', guest))).toBe('not-allowed')
      expect((await remove(one?.id ?? '', ana)).event.kind).toBe('removed')
      expect((await remove(two?.id ?? '', bob, true)).event.kind).toBe('removed')
      const unowned = await fixture.send("nobody's", { by: guest })
      expect((await remove(unowned.event.id)).event.kind).toBe('removed')
    })

    test('needs an existing message that is not removed', async () => {
      expect(await reasonOf(fixture.append({ kind: 'removed', message: newId(), asModerator: true }))).toBe(
        'no-message'
      )
      const { event } = await fixture.send('once')
      await fixture.append({ kind: 'removed', message: event.id, asModerator: false })
      expect(await reasonOf(fixture.append({ kind: 'removed', message: event.id, asModerator: true }))).toBe(
        'no-message'
      )
    })

    test('against an edit started at once has one outcome, and the text stays gone', async () => {
      for (let round = 0; round < 40; round += 1) {
        const { event } = await fixture.send('contested')
        const message = event.id
        const [edit, removal] = await Promise.allSettled([
          fixture.append({ kind: 'edited', message, text: 'kept?' }, round % 2 ? fixture.log : fixture.other),
          fixture.append({ kind: 'removed', message, asModerator: false }, round % 2 ? fixture.other : fixture.log)
        ])
        const outcome = edit.status === 'fulfilled' ? edit.value.event.seq : (edit.reason as { reason: string }).reason
        const removedAt = removal.status === 'fulfilled' ? removal.value.event.seq : 0
        expect([removedAt - 1, 'no-message']).toContain(outcome)
        expect(await messageIn(fixture.log, message)).toMatchObject({ text: '', removed: true, rev: removedAt })
      }
    })
  })

  describe('reacting', () => {
    const react = (message: string, emoji: string, on: boolean, by = ana) =>
      fixture.append({ kind: 'reacted', message, emoji, on, by })

    test('adds and removes one person under one emoji', async () => {
      const { event } = await fixture.send('hello')
      await react(event.id, '👍', true)
      await react(event.id, '👍', true, bob)
      const both = await react(event.id, '1', true)
      expect(both.event.message).toMatchObject({ rev: 4, reactions: { '👍': [ana.id, bob.id], '1': [ana.id] } })
      await react(event.id, '👍', false)
      const left = await react(event.id, '1', false)
      expect(left.event.message.reactions).toEqual({ '👍': [bob.id] })
      const none = await react(event.id, '👍', false, bob)
      expect(none.event.message).toEqual({ ...event.message, rev: 7 })
    })

    test('twice the same changes nothing but rev', async () => {
      const { event } = await fixture.send('hello')
      await react(event.id, '👍', true)
      expect((await react(event.id, '👍', true)).event.message.reactions).toEqual({ '👍': [ana.id] })
      expect((await react(event.id, '👎', false)).event.message.reactions).toEqual({ '👍': [ana.id] })
    })

    test('is for signed-in people, on existing messages', async () => {
      const { event } = await fixture.send('hello')
      expect(await reasonOf(react(event.id, '👍', true, guest))).toBe('not-allowed')
      expect(await reasonOf(react(newId(), '👍', true))).toBe('no-message')
      await fixture.append({ kind: 'removed', message: event.id, asModerator: false })
      expect(await reasonOf(react(event.id, '👍', true))).toBe('no-message')
    })

    test('limits the number of emoji, but not yet the people under each', async () => {
      const { event } = await fixture.send('popular')
      const emoji = Array.from({ length: REACTIONS_MAX_EMOJI }, (_, n) => `e${n}`)
      const crowd = emoji.map((_, n) => ({ id: `person ${Math.floor(n / REACTIONS_MAX_PER_PERSON)}`, name: 'One' }))
      await Promise.all(emoji.map((each, n) => react(event.id, each, true, crowd[n])))
      expect(await reasonOf(react(event.id, 'one more', true, bob))).toBe('reactions-full')
      expect((await react(event.id, 'e0', true, bob)).repeated).toBe(false)
      expect((await react(event.id, 'e0', true, bob)).repeated).toBe(false)
      await react(event.id, 'e1', false, crowd[1])
      expect((await react(event.id, 'one more', true, bob)).event.message.reactions).toHaveProperty(['one more'])
    })

    test('is limited to a few emoji for each person and message', async () => {
      const { event } = await fixture.send('popular')
      for (let n = 0; n < REACTIONS_MAX_PER_PERSON; n += 1) await react(event.id, `e${n}`, true)
      expect(await reasonOf(react(event.id, 'one more', true))).toBe('reactions-full')
      expect((await react(event.id, 'e0', true)).repeated).toBe(false)
      expect((await react(event.id, 'one more', true, bob)).repeated).toBe(false)
      await react(event.id, 'e0', false)
      expect((await react(event.id, 'one more', true)).event.message.reactions?.['one more']).toEqual([bob.id, ana.id])
    })

    test('limits the number of people', async () => {
      const { event } = await fixture.send('very popular')
      const crowd = Array.from({ length: REACTIONS_MAX_PER_MESSAGE }, (_, n) => ({ id: newId(), name: `${n}` }))
      await Promise.all(crowd.map((by) => react(event.id, '🎉', true, by)))
      expect(await reasonOf(react(event.id, '🎉', true))).toBe('reactions-full')
      expect(await reasonOf(react(event.id, '👍', true))).toBe('reactions-full')
      await react(event.id, '🎉', false, crowd[0])
      const full = await react(event.id, '🎉', true)
      expect(full.event.message.reactions?.['🎉']).toHaveLength(REACTIONS_MAX_PER_MESSAGE)
    })
  })
}
