// What the native protocol promises. The claims hold for one instance and for several.
import { newSuffix } from '../../infra/testing/new-suffix.ts'
import { afterEach, describe, expect, it } from 'vitest'
import {
  asNative,
  closeClients,
  connectClient,
  connectNative,
  type TestClient,
  request
} from '../../infra/testing/clients.ts'
import { placesFor, type Instances } from '../../infra/testing/instances.ts'
import { until } from '../../infra/testing/until.ts'
import {
  LOBBY,
  newId,
  type Answers,
  type EventList,
  type Message,
  type PeopleChanged,
  type Profile,
  type Receipt,
  type Refusal,
  type RoomEvent
} from '../contract.ts'

export function nativeContract(where: string, start: () => Promise<Instances>): void {
  describe(`native protocol, ${where}`, () => {
    const at = placesFor(start)
    afterEach(closeClients)

    it('first load, live and catch-up give the same messages', async () => {
      const { ana, bo, room } = await twoInARoom()
      const first = await send(ana, room, 'one')
      await send(bo, room, 'two')
      const live = await events(bo, 2)
      expect(live.map(({ seq, message }) => [seq, message.text])).toEqual([
        [1, 'one'],
        [2, 'two']
      ])
      const fresh = await open(bo, room)
      expect(fresh.sync).toMatchObject({ kind: 'fresh', messages: live.map(({ message }) => message), older: false })
      const cursor = { ...fresh.sync.cursor, seq: first.seq, id: first.id }
      const caughtUp = await open(bo, room, cursor)
      expect(caughtUp.sync).toMatchObject({ kind: 'events', events: [live[1]], more: false })
    })

    it('a cursor with a forged proof, or with that of another event, changes the log for nobody', async () => {
      const { ana, room } = await twoInARoom()
      await send(ana, room, 'one')
      const before = (await open(ana, room)).sync.cursor
      expect(before.proof).toMatch(/^[\w-]{8}$/)
      const { proof, ...unproven } = { ...before, seq: 99, id: newId() }
      for (const cursor of [unproven, { ...unproven, proof }, { ...unproven, proof: 'A'.repeat(11) }]) {
        const { sync } = await open(ana, room, cursor)
        expect(sync).toMatchObject({ kind: 'fresh', cursor: before })
      }
      expect((await open(ana, room, before)).sync).toMatchObject({ kind: 'events', cursor: before })
    })

    it('a repeated verb gets the original acknowledgement and has one effect', async () => {
      const { ana, bo, room } = await twoInARoom()
      const id = newId()
      const receipts = [await send(ana, room, 'once', id), await send(ana, room, 'once', id)]
      expect(receipts[1]).toEqual(receipts[0])
      await send(ana, room, 'after')
      expect((await events(bo, 2)).map(({ message }) => message.text)).toEqual(['once', 'after'])
      expect(await bo.ask('message:send', { room, id, text: 'mine now' })).toEqual({ ok: false, reason: 'id-taken' })
    })

    it('edits, reactions and removals reach everyone, and the text is deleted', async () => {
      const { ana, bo, room } = await twoInARoom()
      const { id: message } = await send(ana, room, 'first words')
      await ask(ana, 'message:edit', { room, id: newId(), message, text: 'better words' })
      await ask(bo, 'message:react', { room, id: newId(), message, emoji: '👍', on: true })
      await ask(ana, 'message:remove', { room, id: newId(), message })
      const [sent, edited, reacted, removed] = await events(bo, 4)
      expect(edited?.message).toMatchObject({ text: 'better words', rev: 2, editedAt: expect.any(Number) })
      expect(reacted?.message.reactions).toEqual({ '👍': [bo.person.id] })
      expect(removed?.message).toMatchObject({ removed: true, text: '', rev: 4 })
      expect(sent?.seq).toBe(1)
      const { sync } = await open(bo, room)
      expect(JSON.stringify(sync)).not.toContain('words')
    })

    it('people find those who have signed in, present or not, by the beginning of their names', async () => {
      const { ana } = await twoInARoom()
      const away = await connectNative(at.there, `Ąway ${newSuffix()}`)
      away.close()
      const found = await ask(ana, 'people:search', { text: away.person.name.replace('Ą', 'a') })
      const { id, key, name } = away.person
      expect(found).toEqual({ people: [{ id, key, name, role: 'visitor' }] })
      expect(await ana.ask('people:search', { text: 'x'.repeat(201) })).toEqual({ ok: false, reason: 'bad-request' })
    })

    it('a color that a person chooses, and that they leave for good, is known everywhere, and to those who ask later', async () => {
      const { ana, bo } = await twoInARoom()
      const { key } = ana.person
      const keys = [key, bo.person.key, 'unknown']
      const known = () => ask(bo, 'profile:list', { keys })
      expect(await known()).toEqual({ profiles: [] })
      expect(await ana.ask('profile:set', { color: 8 })).toEqual({ ok: false, reason: 'bad-request' })
      await ask(ana, 'profile:set', { color: 3 })
      expect(await bo.next('profile:changed', (one: Profile) => one.key === key)).toEqual({ key, color: 3 })
      expect(await known()).toEqual({ profiles: [{ key, color: 3 }] })
      const left = await request('DELETE', `${at.here}/api/person`, {
        token: ana.session.token,
        body: { messages: 'keep' }
      })
      expect(left.status).toBe(204)
      const former = { key, former: true }
      expect(await bo.next('profile:changed', (one: Profile) => one.former === true)).toEqual(former)
      expect(await known()).toEqual({ profiles: [former] })
    })

    it('another name is known everywhere, and to those who ask by id', async () => {
      const { ana, bo } = await twoInARoom()
      await ask(bo, 'profile:set', { color: 3 })
      await ana.next('profile:changed', (one: Profile) => one.color === 3)
      const { id, key } = bo.person
      const before = { key, color: 3, name: bo.person.name }
      const known = () => ask(ana, 'profile:list', { keys: [key], people: [id, newId()] })
      expect(await known()).toEqual({ profiles: [before] })
      const name = `Bożena ${newSuffix()}`
      const renamed = await request('POST', `${at.there}/api/session`, { token: bo.session.token, body: { name } })
      expect(renamed.status).toBe(201)
      expect(await ana.next('profile:changed', (one: Profile) => one.name === name)).toEqual({ ...before, name })
      expect(await known()).toEqual({ profiles: [{ ...before, name }] })
    })

    it('where one of two wants no messages from the other, typing is refused as writing is', async () => {
      const [ana, bo] = [
        await connectNative(at.here, `Ana ${newSuffix()}`),
        await connectNative(at.there, `Bo ${newSuffix()}`)
      ]
      const { id: room } = await ask(ana, 'direct:open', { people: [bo.person.id] })
      for (const one of [ana, bo]) await open(one, room)
      const type = async () => {
        const answer = await bo.ask('typing:set', { room, on: true })
        return answer.ok ? 'typing' : answer.reason
      }
      const block = (on: boolean) => ask(ana, 'person:block', { person: bo.person.id, on })
      expect(await type()).toBe('typing')
      await ana.next('typing:changed')
      await block(true)
      await until('typing to be refused', async () => (await type()) === 'blocked')
      await open(bo, room)
      expect(await type()).toBe('blocked')
      await block(false)
      await until('typing to be allowed', async () => (await type()) === 'typing')
    })

    it('others in the room see who joins, leaves and types', async () => {
      const { ana, bo, room } = await twoInARoom()
      expect(
        await ana.next<{ room: string; joined: { key: string }[] }>('people:changed', ({ joined }) =>
          joined.some(({ key }) => key === bo.person.key)
        )
      ).toMatchObject({ room, totals: { count: 2 } })
      expect((await open(ana, room)).people).toMatchObject({ count: 2, about: false })
      await ask(bo, 'typing:set', { room, on: true })
      expect(await ana.next('typing:changed')).toMatchObject({ room, who: { key: bo.person.key }, on: true })
      await ask(bo, 'typing:set', { room, on: false })
      expect(await ana.next('typing:changed')).toMatchObject({ on: false })
      // A message ends typing without an event of its own.
      await ask(bo, 'typing:set', { room, on: true })
      await send(bo, room, 'typed')
      await ask(bo, 'typing:set', { room, on: true })
      await ask(bo, 'typing:set', { room, on: false })
      for (const on of [true, true, false]) expect(await ana.next('typing:changed')).toMatchObject({ on })
      expect(bo.all('typing:changed')).toEqual([])
      await ask(bo, 'room:leave', { room })
      expect(
        await ana.next<{ room: string; left: unknown[] }>('people:changed', (change) => change.left.length > 0)
      ).toMatchObject({ room, left: [{ key: bo.person.key }], totals: { count: 1 } })
    })

    it('a person who left a room gets no more of its events', async () => {
      const { ana, bo, room } = await twoInARoom()
      await ask(bo, 'room:leave', { room })
      await send(ana, room, 'behind the back')
      await ana.next('room:events')
      expect(await bo.ask('message:send', { room, id: newId(), text: 'hello?' })).toEqual(no('not-joined'))
      await open(bo, LOBBY)
      expect(bo.all<EventList>('room:events').filter((list) => list.room === room)).toEqual([])
    })

    it('a new room is announced to everyone, has one creator, and is in the list', async () => {
      const ana = await connectNative(at.here, `Maker ${newSuffix()}`)
      const bo = await connectNative(at.there, `Other ${newSuffix()}`)
      const title = `Zażółć gęślą ${newId().slice(0, 6)}`
      const made = await ask(ana, 'room:create', { title })
      expect(made).toMatchObject({ title, by: ana.person.id })
      expect(await bo.next<{ id: string }>('room:added', ({ id }) => id === made.id)).toEqual(made)
      expect(await ask(ana, 'room:create', { title })).toEqual(made)
      expect(await bo.ask('room:create', { title })).toEqual(no('room-exists'))
      expect((await ask(bo, 'room:list', {})).rooms).toContainEqual({ ...made, people: 0 })
    })

    it('what the creator changes about a room applies to all at once, and only the creator can', async () => {
      const { ana, bo, room } = await twoInARoom()
      const settings = { topic: 'Seeds', readOnly: true }
      expect(await bo.ask('room:change', { room, ...settings })).toEqual(no('not-allowed'))
      expect(await ana.ask('room:change', { room: LOBBY, ...settings })).toEqual(no('not-allowed'))
      const now = await ask(ana, 'room:change', { room, ...settings, title: `Seeds ${newId().slice(0, 6)}` })
      expect(now).toMatchObject({ id: room, ...settings, rev: 1 })
      for (const each of [ana, bo]) expect(await each.next('room:changed')).toEqual(now)
      expect((await ask(bo, 'room:open', { room })).room).toEqual(now)
      const message = await send(ana, room, 'read me')
      expect(await bo.ask('message:pin', { room, message: message.id, on: true })).toEqual(no('not-allowed'))
      const pinned = await ask(ana, 'message:pin', { room, message: message.id, on: true })
      for (const each of [ana, bo]) expect(await each.next('room:changed')).toEqual(pinned)
      await ask(ana, 'message:remove', { room, id: newId(), message: message.id })
      const { pins: _, ...unpinned } = { ...pinned, rev: 3 }
      for (const each of [ana, bo]) expect(await each.next('room:changed')).toEqual(unpinned)
      const refused = await bo.ask('message:send', { room, id: newId(), text: 'may I?' })
      expect(refused).toEqual({ ...no('not-allowed'), detail: 'read-only' })
      expect(await bo.ask('typing:set', { room, on: true })).toEqual(refused)
      await ask(ana, 'typing:set', { room, on: true })
      await ask(ana, 'room:change', { room, readOnly: false, slowSeconds: 60 })
      await send(bo, room, 'one')
      const slowed = await bo.ask('message:send', { room, id: newId(), text: 'two' })
      expect(slowed).toMatchObject({ ...no('too-fast'), detail: 'slow-mode' })
      expect((slowed as Refusal).retryAfterMs).toBeGreaterThan(50_000)
    })

    it('the creator removes an empty room for everyone, but not one with a message or with other people', async () => {
      const { ana, bo, room } = await twoInARoom()
      expect(await ana.ask('room:remove', { room: LOBBY })).toEqual(no('not-allowed'))
      expect(await bo.ask('room:remove', { room })).toEqual(no('not-allowed'))
      expect(await ana.ask('room:remove', { room })).toEqual(no('not-allowed'))
      await ask(bo, 'room:leave', { room })
      const { id: message } = await send(ana, room, 'a word')
      expect(await ana.ask('room:remove', { room })).toEqual(no('not-allowed'))
      await ask(ana, 'message:remove', { room, id: newId(), message })
      await until('nobody else to be there', async () => (await ana.ask('room:remove', { room })).ok)
      for (const each of [ana, bo]) await each.next<{ room: string }>('room:removed', (gone) => gone.room === room)
      for (const each of [ana, bo]) expect(await each.ask('room:open', { room })).toEqual(no('no-room'))
      expect((await ask(bo, 'room:list', {})).rooms.map(({ id }) => id)).not.toContain(room)
    })

    it('pages back to the first message', async () => {
      const { ana, room } = await twoInARoom()
      for (let each = 1; each <= 7; each += 1) await send(ana, room, `text ${each}`)
      const page = await ask(ana, 'room:before', { room, before: 6, limit: 3 })
      expect(page).toMatchObject({ older: true })
      expect(page.messages.map(({ text }: Message) => text)).toEqual(['text 3', 'text 4', 'text 5'])
      expect(await ask(ana, 'room:before', { room, before: 3, limit: 50 })).toMatchObject({ older: false })
    })

    it('one message is read by its id, without its text once it was removed', async () => {
      const { ana, bo, room } = await twoInARoom()
      const { id: message } = await send(ana, room, 'first')
      expect(await ask(bo, 'message:read', { room, message })).toMatchObject({ text: 'first', seq: 1 })
      await ask(ana, 'message:remove', { room, id: newId(), message })
      // Until then an instance answers by what it has read a moment ago.
      await events(bo, 2)
      expect(await ask(bo, 'message:read', { room, message })).toMatchObject({ text: '', removed: true })
      expect(await bo.ask('message:read', { room, message: newId() })).toEqual(no('no-message'))
      expect(await bo.ask('message:read', { room: LOBBY, message })).toMatchObject({ ok: false })
    })

    it('payloads of the wrong shape are refused, nothing is stored, and the connection stays open', async () => {
      const { ana, room } = await twoInARoom()
      const id = newId()
      const bad: [string, unknown, string][] = [
        ['message:send', undefined, 'bad-request'],
        ['message:send', null, 'bad-request'],
        ['message:send', 'text', 'bad-request'],
        ['message:send', { room, text: 'no id' }, 'bad-request'],
        ['message:send', { room, id: 'short', text: 'x' }, 'bad-request'],
        ['message:send', { room: 'No Room!', id, text: 'x' }, 'bad-request'],
        ['message:send', { room, id, text: 7 }, 'bad-request'],
        ['message:send', { room, id, text: 'x'.repeat(16_001) }, 'bad-request'],
        ['message:send', { room, id, text: 'x'.repeat(4_001) }, 'text-too-long'],
        ['message:send', { room, id, text: ' \n\u200b ' }, 'text-empty'],
        ['message:send', { room: 'nowhere', id, text: 'x' }, 'not-joined'],
        ['message:edit', { room, id, message: newId(), text: 'x' }, 'no-message'],
        ['message:remove', { room, id, message: newId() }, 'no-message'],
        ['message:react', { room, id, message: newId(), emoji: 'lol', on: true }, 'bad-request'],
        ['room:open', { room: 'nowhere' }, 'no-room'],
        ['room:open', { room, cursor: { epoch: 'x', seq: -1, id: '' } }, 'bad-request'],
        ['room:open', { room: '__proto__' }, 'bad-request'],
        ['room:before', { room, before: 'x' }, 'bad-request'],
        ['room:before', { room, before: 5, limit: 100_000 }, 'bad-request'],
        ['room:create', { title: '' }, 'name-bad'],
        ['room:create', { title: 'x'.repeat(300) }, 'name-bad'],
        ['typing:set', { room, on: 'yes' }, 'bad-request']
      ]
      for (const [event, payload, reason] of bad)
        expect([event, await ana.ask(event, payload)]).toEqual([event, no(reason)])
      ana.emit('message:send')
      ana.emit('no:such:event', {})
      ana.emit('message:send', { room, id, text: 'without an acknowledgement' }, 'not a function')
      await events(ana, 1)
      expect((await open(ana, room)).sync).toMatchObject({ messages: [{ text: 'without an acknowledgement' }] })
    })

    it('fields that the server fills in are ignored', async () => {
      const { ana, bo, room } = await twoInARoom()
      const forged = { by: { id: bo.person.id, name: 'bo' }, at: 1, seq: 99, rev: 99, epoch: 'mine', from: 'x' }
      await ana.ask('message:send', { room, id: newId(), text: 'mine', ...forged })
      const [event] = await events(bo, 1)
      expect(event).toMatchObject({ seq: 1, by: { id: ana.person.id } })
      expect(event?.at).toBeGreaterThan(1)
    })

    it.each([
      ['no token', undefined],
      ['nonsense', 'nonsense'],
      ['another’s signature', 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA']
    ])('a client without a session is refused: %s', async (_, token) => {
      await expect(connectClient(at.here, asNative(token))).rejects.toMatchObject({ data: { reason: 'sign-in' } })
    })

    it('signing out ends the session on all instances, and others see it at once', async () => {
      const { ana, bo, room } = await twoInARoom()
      const second = await connectClient(at.there, asNative(ana.session.token))
      await second.next('server:hello')
      await open(second, room)
      const answer = await fetch(`${at.here}/api/session`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${ana.session.token}` }
      })
      expect(answer.status).toBe(204)
      for (const one of [ana, second]) expect(await one.next('session:ended')).toEqual({ reason: 'sign-in' })
      await Promise.all([ana.next('(disconnect)'), second.next('(disconnect)')])
      await bo.next<{ left: { key: string }[] }>('people:changed', ({ left }) =>
        left.some(({ key }) => key === ana.person.key)
      )
    })

    async function twoInARoom() {
      const ana = await connectNative(at.here, `Ana ${newSuffix()}`)
      const bo = await connectNative(at.there, `Bo ${newSuffix()}`)
      const { id: room } = await ask(ana, 'room:create', { title: `Room ${newId()}` })
      await open(ana, room)
      // A person may enter before all instances know it.
      await ana.next<PeopleChanged>('people:changed', ({ joined }) => joined.some(({ key }) => key === ana.person.key))
      await open(bo, room)
      for (const one of [ana, bo])
        await until('both to be known', async () => (await open(one, room)).people.count === 2)
      return { ana, bo, room }
    }
  })
}

const no = (reason: string) => ({ ok: false, reason })

async function ask<E extends keyof Answers>(client: TestClient, event: E, payload: object): Promise<Answers[E]> {
  const answer = await client.ask<Answers[E]>(event, payload)
  if (!answer.ok) throw new Error(`${event} was refused: ${answer.reason}`)
  return answer.value
}

const open = (client: TestClient, room: string, cursor?: unknown) =>
  ask(client, 'room:open', { room, ...(cursor !== undefined && { cursor }) })

const send = (client: TestClient, room: string, text: string, id = newId()): Promise<Receipt> =>
  ask(client, 'message:send', { room, id, text })

/** The first `count` events that a client receives. */
async function events(client: TestClient, count: number): Promise<RoomEvent[]> {
  const received = () => client.all<EventList>('room:events').flatMap((list) => list.events)
  while (received().length < count) await client.next('room:events')
  return received().slice(0, count)
}
