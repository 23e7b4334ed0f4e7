// What the classic protocol promises. The claims hold for one instance and for several.
import { afterEach, describe, expect, it } from 'vitest'
import {
  clientVersions,
  closeClients,
  connectClient,
  connectNative,
  transportKinds
} from '../../infra/testing/clients.ts'
import { placesFor, type Instances } from '../../infra/testing/instances.ts'
import { until } from '../../infra/testing/until.ts'
import { LOBBY, newId } from '../contract.ts'

type Counted = { username: string; numUsers: number }

const kinds = Object.values(transportKinds)

export function classicContract(where: string, start: () => Promise<Instances>): void {
  describe(`classic protocol, ${where}`, () => {
    const at = placesFor(start)
    afterEach(async () => {
      closeClients()
      turn = 0
      await everybodyGone()
    })
    /** Guests take turns in their transports. */
    let turn = 0
    const guestAt = (url: string) => connectClient(url, { transports: kinds[(turn += 1) % kinds.length] })

    for (const [version, connect] of Object.entries(clientVersions))
      for (const [kind, transports] of Object.entries(transportKinds))
        it(`a conversation of two, client ${version}, transports ${kind}`, async () => {
          const ana = await connectClient(at.here, { connect, transports })
          ana.emit('add-user', 'ana')
          expect(await ana.next('login')).toEqual({ numUsers: 1 })
          const bo = await connectClient(at.there, { connect, transports })
          bo.emit('add-user', 'bo')
          expect(await bo.next('login')).toEqual({ numUsers: 2 })
          expect(await ana.next('user-joined')).toEqual({ username: 'bo', numUsers: 2 })

          ana.emit('typing')
          expect(await bo.next('typing')).toEqual({ username: 'ana' })
          ana.emit('stop-typing')
          expect(await bo.next('stop-typing')).toEqual({ username: 'ana' })
          ana.emit('new-message', 'hello')
          expect(await bo.next('new-message')).toEqual({ username: 'ana', message: 'hello' })
          bo.emit('new-message', 'hello yourself')
          expect(await ana.next('new-message')).toEqual({ username: 'bo', message: 'hello yourself' })

          bo.close()
          expect(await ana.next('user-left')).toEqual({ username: 'bo', numUsers: 1 })
          // Nobody receives events about themselves.
          expect(ana.all('new-message')).toHaveLength(1)
          expect(ana.all('typing')).toEqual([])
          expect(ana.all('user-joined')).toHaveLength(1)
        })

    it('twenty people joining one after the other over alternating instances get 1, 2, … 20', async () => {
      const numbers: number[] = []
      const watcher = await guestAt(at.here)
      for (let each = 1; each <= 20; each += 1) {
        const person = await guestAt(each % 2 ? at.here : at.there)
        person.emit('add-user', `person ${each}`)
        numbers.push((await person.next<Counted>('login')).numUsers)
        expect(await watcher.next('user-joined')).toEqual({ username: `person ${each}`, numUsers: each })
      }
      expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    })

    it('add-user twice on one socket counts once', async () => {
      const ana = await guestAt(at.here)
      ana.emit('add-user', 'ana')
      await ana.next('login')
      ana.emit('add-user', 'ana')
      ana.emit('add-user', 'somebody else')
      const bo = await guestAt(at.there)
      bo.emit('add-user', 'bo')
      expect(await bo.next('login')).toEqual({ numUsers: 2 })
      expect(ana.all('login')).toHaveLength(1)
    })

    it('events before add-user and invalid names are ignored', async () => {
      const watcher = await guestAt(at.there)
      const mute = await guestAt(at.here)
      mute.emit('new-message', 'unheard')
      mute.emit('typing')
      mute.emit('stop-typing')
      for (const name of ['', '   ', 'x'.repeat(201), 7, null, undefined, { name: 'ana' }, ['ana'], '\u202e', '\u200b'])
        mute.emit('add-user', name)
      // The connection still works, so the events before were received and ignored.
      mute.emit('add-user', 'ana')
      expect(await mute.next('login')).toEqual({ numUsers: 1 })
      for (const text of [null, 7, {}, [], '', '  ', '\u200b', 'x'.repeat(20_000)]) mute.emit('new-message', text)
      mute.emit('new-message', 'hello')
      expect(await watcher.next('new-message')).toEqual({ username: 'ana', message: 'hello' })
      expect(watcher.all('new-message')).toHaveLength(1)
      expect(watcher.all('typing')).toEqual([])
      // People and messages come in ways of their own.
      await expect.poll(() => watcher.all('user-joined')).toHaveLength(1)
    })

    it('two guests with one name count as two', async () => {
      const [one, two] = [await guestAt(at.here), await guestAt(at.there)]
      one.emit('add-user', 'ana')
      expect(await one.next('login')).toEqual({ numUsers: 1 })
      two.emit('add-user', 'ana')
      expect(await two.next('login')).toEqual({ numUsers: 2 })
      expect(await one.next('user-joined')).toEqual({ username: 'ana', numUsers: 2 })
      two.close()
      expect(await one.next('user-left')).toEqual({ username: 'ana', numUsers: 1 })
    })

    it('a guest with the name of a present person gets a number, and signed-in people are counted', async () => {
      const native = await connectNative(at.here, 'Ana')
      await native.ask('room:open', { room: LOBBY })
      const guest = await guestAt(at.there)
      // Waits until the other instance knows her.
      const other = await connectNative(at.there, 'Watcher')
      await other.ask('room:open', { room: LOBBY })
      guest.emit('add-user', 'ana')
      expect(await guest.next('login')).toEqual({ numUsers: 3 })
      expect(await native.next('people:changed', hasJoined('ana~2'))).toBeTruthy()
      native.close()
      other.close()
    })

    it('a stop-typing is never lost after a typing, and leaving ends it', async () => {
      const watcher = await guestAt(at.there)
      const ana = await guestAt(at.here)
      ana.emit('add-user', 'ana')
      await ana.next('login')
      for (let each = 0; each < 10; each += 1) {
        ana.emit('typing')
        ana.emit('stop-typing')
      }
      ana.emit('typing')
      await watcher.next('typing')
      ana.close()
      await watcher.next('user-left')
      const states = watcher.received.map(({ event }) => event).filter((event) => event.endsWith('typing'))
      expect(states.at(-1)).toBe('stop-typing')
    })

    it('native clients receive a guest’s message without an author id, and guests receive theirs', async () => {
      const native = await connectNative(at.here, 'Nadia')
      await native.ask('room:open', { room: LOBBY })
      const guest = await guestAt(at.there)
      guest.emit('add-user', 'gil')
      await guest.next('login')
      guest.emit('new-message', 'from a guest')
      const list = await native.next<{ events: { message: { by: unknown; text: string } }[] }>('room:events')
      expect(list.events[0]?.message).toMatchObject({ by: { id: null, name: 'gil' }, text: 'from a guest' })
      await native.ask('message:send', { room: LOBBY, id: newId(), text: 'from a native' })
      expect(await guest.next('new-message')).toEqual({ username: 'Nadia', message: 'from a native' })
      native.close()
    })

    /** People with a closed connection stay for a grace period; each claim starts with an empty room. */
    async function everybodyGone() {
      for (const url of at.urls)
        await until(`nobody to be in the lobby at ${url}`, async () => {
          const { lobby } = (await (await fetch(`${url}/api/presence`)).json()) as { lobby: { count: number } }
          return lobby.count === 0
        })
    }
  })
}

const hasJoined = (name: string) => (change: { joined?: { name: string }[] }) =>
  change.joined?.some((person) => person.name === name) ?? false
