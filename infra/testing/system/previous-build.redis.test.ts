// A rolling deploy runs the previous build and this one on one Redis.
import { beforeAll, describe, expect, it } from 'vitest'
import {
  LOBBY,
  OLDEST_WIRE_VERSION,
  WIRE_VERSION,
  newId,
  type Answers,
  type PeopleChanged,
  type Room
} from '../../../src/contract.ts'
import { untilReady } from '../chat-server.ts'
import type { ChildServer } from '../child.ts'
import { asNative, connectClient, connectNative, signIn } from '../clients.ts'
import { useCluster } from '../cluster.fixture.ts'
import * as history from '../history.ts'
import { change, closeAfterEach, native, sessionStatus, THIS_BUILD } from '../previous-build/pages.ts'
import { unpackPreviousBuild } from '../previous-build/previous-build.ts'
import type { Screen } from '../screen.ts'
import { until } from '../until.ts'

const NATIVE_VERSIONS = [OLDEST_WIRE_VERSION, WIRE_VERSION]
const MESSAGES_EACH = 10

const previous = unpackPreviousBuild()
closeAfterEach()

describe('the previous build and this one on one Redis', () => {
  const cluster = useCluster()
  let before: ChildServer
  let after: ChildServer
  beforeAll(async () => {
    ;[before, after] = await Promise.all([
      cluster.startProcess('ams', [previous]),
      cluster.startProcess('iad', THIS_BUILD)
    ])
    await untilReady(before, after)
  })

  /** The instances as [one's own, the other], both ways round. */
  const bothWays = () =>
    [
      [before, after],
      [after, before]
    ] as const

  it('nobody at the previous build learns of a private room or gets into it, not even a member', async () => {
    const ana = await connectNative(after.url, 'Ana in private')
    const { token, person } = await signIn(after.url, 'Member in private')
    const member = await connectClient(before.url, asNative(token, OLDEST_WIRE_VERSION))
    const made = await ana.ask<Room>('private:create', { title: 'Secret cellar' })
    const room = made.ok ? made.value.id : ''
    await ana.ask('room:open', { room })
    expect(await ana.ask('member:add', { room, id: newId(), person: person.id })).toMatchObject({ ok: true })
    expect(await ana.ask('room:change', { room, topic: 'Secret topic' })).toMatchObject({ ok: true })
    expect(await ana.ask('message:send', { room, id: newId(), text: 'Secret text' })).toMatchObject({ ok: true })
    const answers = await Promise.all([
      member.ask('room:list', {}),
      member.ask('room:open', { room }),
      ...['GET', 'POST', 'DELETE'].map(async (method) => {
        const path = method === 'DELETE' ? room : `${room}/messages`
        const answer = await fetch(`${before.url}/api/rooms/${path}`, {
          method,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          ...(method === 'POST' && { body: JSON.stringify({ text: 'from before' }) })
        })
        expect([method, answer.ok && method !== 'GET']).toEqual([method, false])
        return answer.text()
      })
    ])
    expect(answers[1]).toMatchObject({ ok: false, reason: 'no-room' })
    expect(JSON.stringify([answers, member.received])).not.toMatch(/Secret|private--/)
    const opened = await ana.ask<Answers['room:open']>('room:open', { room })
    expect(opened.ok && opened.value.sync).toMatchObject({ messages: [{ text: 'Secret text' }] })
  })

  it('deliver the messages of every client on either in one order, to every client on both', async () => {
    const natives: Screen[] = []
    for (const { url } of [before, after])
      for (const wire of NATIVE_VERSIONS)
        natives.push(await native({ name: `native ${natives.length}`, urls: [url], wire }))
    const guests = await Promise.all(
      [before, after].map(async ({ url }, n) => {
        const guest = await connectClient(url, { transports: ['websocket'] })
        guest.emit('add-user', `guest ${n}`)
        await guest.next('login')
        // A client receives the protocols that it has spoken.
        guest.emit('deleteMessage', { messageId: 'none' })
        await guest.next('error')
        return guest
      })
    )
    for (let n = 0; n < MESSAGES_EACH; n += 1) {
      for (const screen of natives) void screen.say(`${screen.name}: ${n}`)
      for (const [place, guest] of guests.entries()) {
        guest.emit('new-message', `classic ${place}: ${n}`)
        guest.emit('message', { username: `course ${place}`, content: `course ${place}: ${n}` })
      }
    }
    const senders = natives.length + 2 * guests.length
    await until('all messages to be shown', () =>
      natives.every(({ shown }) => shown.length === MESSAGES_EACH * senders)
    )
    const order = natives[0]?.shown.map(({ text }) => text) ?? []
    for (const { shown } of natives) expect(shown.map(({ text }) => text)).toEqual(order)
    expect(lostOrRepeated(natives)).toEqual([])
    for (const [place, guest] of guests.entries()) {
      const course = () => guest.all<{ content: string }>('message').map(({ content }) => content)
      await until('a course client to receive everything', () => course().length >= order.length)
      expect(course()).toEqual(order)
      // A classic client shows its own messages by itself.
      const others = order.filter((text) => !text.startsWith(`classic ${place}:`))
      const classic = () => guest.all<{ message: string }>('new-message').map(({ message }) => message)
      await until('a classic client to receive everything', () => classic().length >= others.length)
      expect(classic()).toEqual(others)
    }
  })

  it('let a person edit, react to and remove on either what was sent on the other', async () => {
    const readers = [
      await native({ name: 'reader 1', urls: [before.url], wire: OLDEST_WIRE_VERSION }),
      await native({ name: 'reader 2', urls: [before.url] }),
      await native({ name: 'reader 3', urls: [after.url], wire: OLDEST_WIRE_VERSION }),
      await native({ name: 'reader 4', urls: [after.url] })
    ]
    const course = await Promise.all([before, after].map(({ url }) => connectClient(url)))
    for (const [here, there] of bothWays()) {
      const author = await native({ name: `author ${here.url}`, urls: [here.url] })
      const { session } = author
      const elsewhere = await native({ name: 'the same', urls: [there.url], session })
      const [edited, removed] = [await author.say('to edit'), await author.say('to remove')]
      await change(elsewhere, 'message:edit', { message: edited.id, text: 'edited' })
      for (const emoji of ['👍', '🎉'])
        await change(elsewhere, 'message:react', { message: edited.id, emoji, on: true })
      await change(author, 'message:react', { message: edited.id, emoji: '👍', on: false })
      await change(elsewhere, 'message:remove', { message: removed.id })

      for (const screen of [...readers, author, elsewhere]) {
        await screen.until(({ messages }) => messages.some(({ id, removed: gone }) => gone && id === removed.id))
        expect(screen.messages.find(({ id }) => id === edited.id)).toMatchObject({
          text: 'edited',
          reactions: { '🎉': [session.person.id] }
        })
      }
      for (const client of course) await client.next('messageDeleted', ({ messageId }) => messageId === removed.id)
    }
  })

  it('accept the sign-ins of each other', async () => {
    for (const [here, there] of bothWays()) {
      const { token, person } = await signIn(here.url, `Ana of ${here.url}`)
      expect(await sessionStatus(there.url, token)).toBe(200)
      const client = await connectClient(there.url, asNative(token, OLDEST_WIRE_VERSION))
      expect(await client.next('server:hello')).toMatchObject({ person: { id: person.id, name: person.name } })
      // From then on the person owns the name, whichever build made the session.
      await expect(signIn(after.url, person.name)).rejects.toThrow('name-taken')
    }
  })

  it('show who comes, types and leaves on the other, natively and to classic clients', async () => {
    for (const [here, there] of bothWays()) {
      const watcher = await connectNative(here.url, `watcher ${here.url}`)
      await watcher.ask('room:open', { room: LOBBY })
      const classic = await connectClient(here.url)
      const name = `comes to ${there.url}`
      const person = await connectNative(there.url, name)
      await person.ask('room:open', { room: LOBBY })
      const present = { name, region: there === before ? 'ams' : 'iad' }
      const namedIn = (people: { name: string }[]) => people.some((one) => one.name === name)
      const joined = await watcher.next<PeopleChanged>('people:changed', (changed) => namedIn(changed.joined))
      expect(joined.joined).toContainEqual(expect.objectContaining(present))
      // Each instance reads the lease of the other.
      for (const client of [person, watcher])
        await until('both to be in the list of people', async () => {
          const answer = await client.ask<Answers['room:open']>('room:open', { room: LOBBY })
          const names = answer.ok ? answer.value.people.people.map((one) => one.name) : []
          return names.includes(name) && names.includes(watcher.person.name)
        })
      await classic.next('user-joined', ({ username }) => username === name)

      const isOn = (wanted: boolean) => (typing: { who: { name: string }; on: boolean }) =>
        typing.who.name === name && typing.on === wanted
      for (const on of [true, false]) {
        person.emit('typing:set', { room: LOBBY, on })
        await watcher.next('typing:changed', isOn(on))
        await classic.next(on ? 'typing' : 'stop-typing', ({ username }) => username === name)
      }

      await person.ask('person:bye')
      person.close()
      await watcher.next<PeopleChanged>('people:changed', ({ left }) => namedIn(left))
      await classic.next('user-left', ({ username }) => username === name)
    }
  })

  it('open the rooms that were created on the other', async () => {
    for (const [here, there] of bothWays()) {
      const creator = await connectNative(here.url, `creator ${here.url}`)
      const reader = await connectNative(there.url, `reader ${here.url}`)
      const created = await creator.ask<Room>('room:create', { title: `Room of ${here.url}` })
      if (!created.ok) throw new Error(created.reason)
      expect(await reader.next<Room>('room:added')).toEqual(created.value)
      expect(await reader.ask('room:open', { room: created.value.id })).toMatchObject({ ok: true })
    }
  })

  it('hand over their people when the previous build stops: nobody is shown as gone, and no message is lost', async () => {
    const watcher = await connectNative(after.url, 'watches the deploy')
    await watcher.ask('room:open', { room: LOBBY })
    const mover = await native({ name: 'moves', urls: [before.url, after.url], wire: OLDEST_WIRE_VERSION })
    const stays = await native({ name: 'stays', urls: [after.url] })
    await watcher.next<PeopleChanged>('people:changed', ({ joined }) => joined.some(({ name }) => name === 'moves'))
    const stopped = before.end('SIGTERM')
    for (let n = 0; n < MESSAGES_EACH; n += 1)
      await Promise.all([mover, stays].map(({ name, say }) => say(`${name} ${n}`)))
    expect(await stopped).toBe(0)
    for (const { until: comes } of [mover, stays])
      await comes(
        ({ shown }) => shown.filter(({ text }) => /^(moves|stays) \d+$/.test(text)).length === 2 * MESSAGES_EACH
      )
    expect(lostOrRepeated([mover, stays])).toEqual([])
    const gone = watcher.all<PeopleChanged>('people:changed').flatMap(({ left }) => left.map(({ name }) => name))
    expect(gone).not.toContain('moves')
  })
})

function lostOrRepeated(all: Screen[]): string[] {
  const acknowledged = all.flatMap((screen) => screen.acknowledged)
  const shown = all.flatMap((screen) => screen.shown)
  return [...history.lost(acknowledged, shown), ...history.repeated(shown, acknowledged)]
}
