// Private rooms and direct conversations, as claims of the message log's contract.
import { describe, expect, test } from 'vitest'
import { HIDDEN_ROOMS_PER_PERSON, LOBBY, MEMBERS_MAX, PRIVATE_PREFIX, newId, type Author } from '../contract.ts'
import { ana, bob, guest, reasonOf, START, type LogFixture } from './log.fixture.ts'
import type { MemberVerb } from './message-log.ts'

const person = ({ id, name }: Author) => ({ id: id!, name })
const cy: Author = { id: newId(), name: 'Cy "1"' }

export function hiddenClaims(fixture: LogFixture): void {
  describe('private rooms', () => {
    const cellar = { id: `${PRIVATE_PREFIX}cellar`, title: 'Cellar', by: ana.id, at: START }
    const talk = { id: 'direct--talk', title: '', by: ana.id, at: START }
    const make = (room = cellar, people = [ana], limit = 10) =>
      fixture.log.createHidden(room, people.map(person), limit)
    const change = (what: MemberVerb['what'], who: Author, by: Author, more: Partial<MemberVerb> = {}) =>
      fixture.other.changeMembers({ room: cellar.id, id: newId(), at: START, what, person: person(who), by, ...more })
    const names = async () => (await fixture.log.room(cellar.id)).members.map(({ name, since }) => [name, since])

    test('are in no list but those of their members, and are the same after a restart', async () => {
      const made = await make()
      expect(made).toMatchObject({ room: cellar, head: { seq: 0, id: '' }, members: [{ ...ana, since: 0 }] })
      expect(await make({ ...cellar, title: 'Another' })).toEqual(made)
      await make(talk, [ana, bob])
      await fixture.store.reopen(10_000)
      expect((await fixture.other.rooms()).map(({ id }) => id)).toEqual([LOBBY])
      expect([...(await fixture.log.heads()).keys()]).toEqual([LOBBY])
      expect((await fixture.log.heads([cellar.id, 'private--none'])).get(cellar.id)).toEqual(made.head)
      expect(await fixture.log.room(cellar.id)).toEqual(made)
      const of = async ({ id }: Author) => (await fixture.log.roomsOf(id!)).map(({ room }) => room.id).toSorted()
      expect([await of(ana), await of(bob), await of(cy)]).toEqual([[talk.id, cellar.id], [talk.id], []])
      expect(await fixture.log.createRoom({ ...cellar, id: 'cellar' }, 10)).toMatchObject({ id: 'cellar' })
    })

    test('take changes from members only, whichever instance they come from', async () => {
      await make()
      const { event } = await fixture.send('for members', { room: cellar.id })
      const own = { kind: 'reacted', room: cellar.id, message: event.id, emoji: '👍', on: true } as const
      for (const by of [bob, guest, { id: '', name: '' }]) {
        expect(await reasonOf(fixture.send('no', { room: cellar.id, by }))).toBe('no-room')
        expect(await reasonOf(fixture.append({ ...own, by }, fixture.other))).toBe('no-room')
        expect(
          await reasonOf(fixture.append({ kind: 'removed', room: cellar.id, message: event.id, asModerator: true, by }))
        ).toBe('no-room')
      }
      const removal = { kind: 'removed', room: cellar.id, message: event.id, by: bob } as const
      const removed = () => fixture.append({ ...removal, asModerator: 'everywhere' }, fixture.other)
      await change('joined', bob, ana)
      expect((await fixture.append({ ...own, by: bob })).event.seq).toBe(3)
      await change('removed', bob, ana)
      expect(await reasonOf(fixture.send('no', { room: cellar.id, by: bob }))).toBe('no-room')
      expect((await fixture.send('yes', { room: cellar.id })).event.seq).toBe(5)
      expect(await fixture.other.everyRoom()).toEqual(expect.arrayContaining([cellar.id]))
      expect((await removed()).event).toMatchObject({ seq: 6, message: { removed: true, text: '' } })
      expect(await reasonOf(removed())).toBe('no-message')
    })

    test('have changes of their members in their order, each once, for live readers and after a repair', async () => {
      await make()
      await fixture.send('before', { room: cellar.id })
      const id = newId()
      const joined = await change('joined', cy, ana, { id })
      expect(joined).toMatchObject({
        repeated: false,
        before: { seq: 1 },
        event: { seq: 2, kind: 'member', id, by: ana, member: { what: 'joined', person: cy } }
      })
      expect(await change('joined', cy, ana, { id })).toEqual({ ...joined, repeated: true })
      expect(await reasonOf(change('removed', cy, ana, { id }))).toBe('id-taken')
      await change('left', cy, cy)
      expect(await change('joined', cy, ana, { id })).toEqual({ ...joined, repeated: true })
      const cursor = { ...joined.before }
      const sync = await fixture.log.sync(cellar.id, cursor, 10)
      expect(sync).toMatchObject({
        kind: 'events',
        events: [joined.event, { kind: 'member', member: { what: 'left' } }]
      })
      const fresh = await fixture.log.sync(cellar.id, null, 10)
      expect(fresh).toMatchObject({ kind: 'fresh', cursor: { seq: 3 }, messages: [{ text: 'before' }] })
    })

    test('let members in, out and own the room by their rules', async () => {
      await make()
      expect(await reasonOf(change('joined', cy, bob))).toBe('no-room')
      expect(await reasonOf(change('joined', cy, bob, { byLink: true }))).toBe('no-room')
      await change('joined', bob, bob, { byLink: true })
      expect(await reasonOf(change('joined', bob, bob, { byLink: true }))).toBe('already-member')
      await change('joined', cy, bob)
      expect(await names()).toEqual([
        ['Ana', 0],
        ['Bob', 1],
        [cy.name, 2]
      ])
      for (const [what, who] of [
        ['removed', ana],
        ['owner', bob],
        ['left', ana],
        ['removed', cy]
      ] as const)
        expect(await reasonOf(change(what, who, bob))).toBe('not-allowed')
      expect(await reasonOf(change('removed', ana, ana))).toBe('not-allowed')
      expect(await reasonOf(change('owner', guestOf('nobody'), ana))).toBe('not-allowed')
      await change('owner', cy, ana)
      expect((await fixture.log.room(cellar.id)).room).toMatchObject({ by: cy.id, rev: 1 })
      await change('removed', ana, cy)
      // The one who has been there longest owns the room when its owner leaves.
      await change('left', cy, cy)
      // People who know the room by an earlier owner learn by the number which state is newer.
      expect((await fixture.log.room(cellar.id)).room).toMatchObject({ by: bob.id, rev: 2 })
      // Nobody has written yet.
      expect(await fixture.log.removeRooms([cellar.id], 'deserted')).toEqual([])
      await fixture.send('last words', { room: cellar.id, by: bob })
      await change('left', bob, bob)
      expect(await fixture.log.removeRooms([cellar.id])).toEqual([])
      expect(await fixture.log.removeRooms([cellar.id], 'deserted')).toEqual([cellar.id])
      expect(await reasonOf(fixture.log.room(cellar.id))).toBe('no-room')
      expect(await fixture.log.before(cellar.id, null, 10, { removed: true })).toEqual({ messages: [], older: false })
      await make(talk, [ana, bob])
      expect(await reasonOf(change('joined', cy, ana, { room: talk.id }))).toBe('not-allowed')
      expect(await reasonOf(change('left', ana, ana, { room: talk.id }))).toBe('not-allowed')
      expect(await reasonOf(change('joined', cy, ana, { room: 'private--none' }))).toBe('no-room')
    })

    test('have settings and any title, which stay when their members change', async () => {
      await make()
      const settings = { title: 'Lobby', topic: 'Wine', readOnly: true }
      const changed = await fixture.other.changeRoom(cellar.id, settings)
      expect(changed).toEqual({ ...cellar, ...settings, rev: 1 })
      await change('joined', bob, ana)
      expect(await reasonOf(fixture.send('no', { room: cellar.id, by: bob }))).toBe('read-only')
      await fixture.store.reopen(10_000)
      const { room, members } = await fixture.log.room(cellar.id)
      expect([room, members.map(({ name }) => name)]).toEqual([changed, ['Ana', 'Bob']])
      expect((await fixture.log.rooms()).map(({ id }) => id)).toEqual([LOBBY])
    })

    test('are silent while one of two people does not want messages from the other one', async () => {
      await make(talk, [ana, bob])
      const say = (by: Author) => reasonOf(fixture.send('hello', { room: talk.id, by }))
      const { event } = await fixture.send('first', { room: talk.id, by: bob })
      await fixture.log.silence(talk.id, ana.id!, true)
      await fixture.log.silence('direct--none', ana.id!, true)
      expect([await say(bob), await say(ana)]).toEqual(['blocked', 'blocked'])
      expect(
        await reasonOf(
          fixture.append({ kind: 'removed', room: talk.id, message: event.id, asModerator: false, by: bob })
        )
      ).toBe('kept')
      await fixture.other.silence(talk.id, bob.id!, false)
      expect(await say(bob)).toBe('blocked')
      await fixture.other.silence(talk.id, ana.id!, false)
      expect(await say(bob)).toBe('kept')
    })

    test('take two changes at the same moment one after the other', async () => {
      await make()
      const people = Array.from({ length: 10 }, (_, n) => guestOf(`person ${n}`))
      const joins = people.map((who, n) =>
        (n % 2 ? fixture.log : fixture.other).changeMembers({
          room: cellar.id,
          id: newId(),
          at: START,
          what: 'joined',
          person: person(who),
          by: ana
        })
      )
      const seqs = (await Promise.all(joins)).map(({ event }) => event.seq)
      expect(seqs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, n) => n + 1))
      expect((await names()).map(([, since]) => since)).toEqual(Array.from({ length: 11 }, (_, n) => n))
    })

    test(`are ${HIDDEN_ROOMS_PER_PERSON} per person at most, and have ${MEMBERS_MAX} members`, async () => {
      const crowd = Array.from({ length: MEMBERS_MAX }, (_, n) => guestOf(`${n}`))
      await make(cellar, [ana, ...crowd.slice(1)], 1_000)
      expect(await reasonOf(change('joined', bob, ana))).toBe('members-full')
      expect(await reasonOf(make({ ...talk, id: 'direct--2' }, [bob], 1))).toBe('rooms-full')
      for (let n = 0; n < HIDDEN_ROOMS_PER_PERSON; n += 1) await make({ ...talk, id: `direct--${n}` }, [bob], 1_000)
      expect(await reasonOf(make(talk, [bob], 1_000))).toBe('rooms-full')
      await change('removed', crowd[1]!, ana)
      expect(await reasonOf(change('joined', bob, ana))).toBe('rooms-full')
    })
  })
}

const guestOf = (name: string): Author => ({ id: name.replaceAll(' ', '').padEnd(22, '_'), name })
