// What the course protocol promises. The claims hold for one instance and for several.
import { afterEach, describe, expect, it } from 'vitest'
import {
  clientVersions,
  closeClients,
  connectClient,
  connectNative,
  transportKinds,
  type TestClient
} from '../../infra/testing/clients.ts'
import { placesFor, type Instances } from '../../infra/testing/instances.ts'
import { until } from '../../infra/testing/until.ts'
import { LOBBY, newId } from '../contract.ts'

/** Each with three messages, which are deleted at once. */
const ROUNDS = 15

interface Stored {
  id: string
  username: string
  content: string
}

const kinds = Object.values(transportKinds)

export function courseContract(where: string, start: () => Promise<Instances>): void {
  describe(`course protocol, ${where}`, () => {
    const at = placesFor(start)
    afterEach(() => {
      closeClients()
      turn = 0
    })
    /** Guests take turns in their transports. */
    let turn = 0
    const guestAt = (url: string) => connectClient(url, { transports: kinds[(turn += 1) % kinds.length] })

    for (const [version, connect] of Object.entries(clientVersions))
      for (const [kind, transports] of Object.entries(transportKinds))
        it(`a message and its removal reach everyone, client ${version}, transports ${kind}`, async () => {
          // A token of another system, and none: both may connect.
          const one = await connectClient(at.here, { connect, transports, auth: { token: 'eyJhbGciOi.some.old' } })
          const two = await connectClient(at.there, { connect, transports, auth: { token: null } })
          await allReceive(one, two)
          one.emit('message', { username: 'User', content: 'hello' })
          const [own, others] = await Promise.all([one.next<Stored>('message'), two.next<Stored>('message')])
          expect(own).toMatchObject({ id: expect.any(String), username: 'User', content: 'hello' })
          expect(others).toEqual(own)
          expect(await listed()).toContainEqual(
            expect.objectContaining({ id: own.id, username: 'User', content: 'hello' })
          )

          two.emit('deleteMessage', { messageId: own.id })
          expect(await one.next('messageDeleted')).toEqual({ messageId: own.id })
          expect(await two.next('messageDeleted')).toEqual({ messageId: own.id })
          expect((await listed()).map(({ id }) => id)).not.toContain(own.id)
        })

    it('deleting an unknown message is an error for the client that asked, and for no other', async () => {
      const [one, two] = [await guestAt(at.here), await guestAt(at.there)]
      await allReceive(one, two)
      for (const messageId of ['no such id', '', newId(), '__proto__']) {
        one.emit('deleteMessage', { messageId })
        expect(await one.next('error')).toEqual({ message: 'Message not found' })
      }
      one.emit('message', { username: 'User', content: 'twice' })
      const { id } = await one.next<Stored>('message')
      one.emit('deleteMessage', { messageId: id })
      await Promise.all([one.next('messageDeleted'), two.next('messageDeleted')])
      one.emit('deleteMessage', { messageId: id })
      expect(await one.next('error')).toEqual({ message: 'Message not found' })
      expect(two.all('error')).toEqual([])
      expect(two.all('messageDeleted')).toHaveLength(1)
    })

    it('an invalid payload is an error for that socket alone, and nothing is stored', async () => {
      const [one, two] = [await guestAt(at.here), await guestAt(at.there)]
      await allReceive(one, two)
      const before = await listed()
      const bad = [
        null,
        undefined,
        7,
        'text',
        [],
        {},
        { username: 'User' },
        { content: 'no name' },
        { username: '', content: 'x' },
        { username: 7, content: 'x' },
        { username: 'User', content: '' },
        { username: 'User', content: '   ' },
        { username: 'User', content: '\u200b' },
        { username: 'User', content: 7 },
        { username: 'User', content: 'x'.repeat(17_000) },
        { username: 'x'.repeat(300), content: 'x' }
      ]
      for (const payload of bad) {
        one.emit('message', payload)
        expect(await one.next('error')).toEqual({ message: 'Error sending message' })
      }
      for (const payload of [null, undefined, 7, {}, { messageId: 7 }, { id: 'x' }]) {
        one.emit('deleteMessage', payload)
        expect(await one.next('error')).toEqual({ message: 'Error deleting message' })
      }
      // Events of these names have no effect.
      one.emit('error', { message: 'mine' })
      one.emit('error')
      one.emit('message', { username: 'User', content: 'still works' })
      await two.next<Stored>('message', ({ content }) => content === 'still works')
      expect(await listed()).toHaveLength(before.length + 1)
      expect(two.all('error')).toEqual([])
    })

    it('a guest can’t delete the message of a signed-in person', async () => {
      const guest = await guestAt(at.there)
      const native = await connectNative(at.here, 'Author')
      await native.ask('room:open', { room: LOBBY })
      await allReceive(guest)
      await native.ask('message:send', { room: LOBBY, id: newId(), text: 'mine' })
      const { id } = await guest.next<Stored>('message', ({ content }) => content === 'mine')
      guest.emit('deleteMessage', { messageId: id })
      expect(await guest.next('error')).toEqual({ message: 'Not allowed' })
      expect(await remove(at.there, id)).toEqual([403, { message: 'Not allowed' }])
    })

    it('operations over REST reach sockets, and REST lists messages from sockets', async () => {
      const one = await guestAt(at.there)
      await allReceive(one)
      const posted = await post(at.here, { username: 'Rest', content: 'by post' })
      expect(posted.status).toBe(201)
      const stored = (await posted.json()) as Stored
      expect(await one.next<Stored>('message', ({ content }) => content === 'by post')).toMatchObject(stored)
      expect((await listed()).at(-1)).toMatchObject({ id: stored.id, username: 'Rest', content: 'by post' })
      expect(await remove(at.there, stored.id)).toEqual([204, null])
      expect(await one.next('messageDeleted')).toEqual({ messageId: stored.id })
      expect(await remove(at.here, stored.id)).toEqual([404, { message: 'Message not found' }])
    })

    it('guests receive the lobby and no other room, in both protocols', async () => {
      const guest = await guestAt(at.there)
      await allReceive(guest)
      const native = await connectNative(at.here, 'Host')
      const made = await native.ask<{ id: string }>('room:create', { title: `Side room ${newId()}` })
      if (!made.ok) throw new Error(made.reason)
      const room = made.value.id
      await native.ask('room:open', { room })
      await native.ask('message:send', { room, id: newId(), text: 'not for guests' })
      await native.ask('typing:set', { room, on: true })
      await native.ask('room:open', { room: LOBBY })
      await native.ask('message:send', { room: LOBBY, id: newId(), text: 'for everyone' })
      await guest.next<Stored>('message', ({ content }) => content === 'for everyone')
      expect(JSON.stringify(guest.received)).not.toContain('not for guests')
      expect(JSON.stringify(guest.received)).not.toContain(room)
      expect(guest.all('typing')).toEqual([])
    })

    it('messageDeleted never comes before its message', async () => {
      const clients = await Promise.all([at.here, at.here, at.there, at.there].map(guestAt))
      await allReceive(...clients)
      const [one, , two] = clients as [TestClient, TestClient, TestClient, TestClient]
      const ids: string[] = []
      for (let each = 0; each < ROUNDS; each += 1) {
        // With a known id the deletion comes as early as possible.
        const early = newId()
        const posting = post(at.here, { id: early, username: 'User', content: `posted ${each}` })
        await untilRemoved(at.there, early)
        expect((await posting).status).toBe(201)

        const answered = (await (
          await post(at.there, { username: 'User', content: `answered ${each}` })
        ).json()) as Stored
        expect(await remove(at.here, answered.id)).toEqual([204, null])

        one.emit('message', { username: 'User', content: `sent ${each}` })
        const sent = await one.next<Stored>('message', ({ content }) => content === `sent ${each}`)
        two.emit('deleteMessage', { messageId: sent.id })
        ids.push(early, answered.id, sent.id)
      }
      for (const client of clients)
        for (const id of ids) {
          await client.next('messageDeleted', ({ messageId }) => messageId === id)
          const order = client.received
            .filter(
              ({ event, payload }) => (event === 'message' && (payload as Stored).id === id) || isRemoval(payload, id)
            )
            .map(({ event }) => event)
          expect(order).toEqual(['message', 'messageDeleted'])
        }
      expect(two.all('error')).toEqual([])
    })

    /** Waits until each client has received something from the first instance, so its instance follows the lobby. */
    async function allReceive(...clients: TestClient[]) {
      const content = `to begin ${newId()}`
      await post(at.here, { username: 'Begin', content })
      await Promise.all(
        clients.map((client) => client.next<Stored>('message', (message) => message.content === content))
      )
    }

    async function listed(): Promise<Stored[]> {
      return (await (await fetch(`${at.there}/api/messages`)).json()) as Stored[]
    }
  })
}

function post(url: string, body: unknown) {
  return fetch(`${url}/api/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer some-old-token' },
    body: JSON.stringify(body)
  })
}

const isRemoval = (payload: unknown, id: string) => (payload as { messageId?: string }).messageId === id

/** Tries until the message exists and is removed. */
const untilRemoved = (url: string, id: string) =>
  until(`${id} to be removed`, async () => {
    const [status] = await remove(url, id)
    if (status !== 404) expect(status).toBe(204)
    return status === 204
  })

async function remove(url: string, id: string): Promise<[number, unknown]> {
  const response = await fetch(`${url}/api/messages/${id}`, { method: 'DELETE' })
  return [response.status, response.status === 204 ? null : await response.json()]
}
