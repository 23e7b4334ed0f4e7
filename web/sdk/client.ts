// taifas/client: the chat for programs, in Node and in browsers. It is the engine of the page, with verbs that resolve once they are
// stored and handlers that receive every event at least once. This file joins the parts; api.ts is what programs see.
import { effect, untracked } from '@preact/signals'
import { exactReason, type Reason } from '../../src/contract.ts'
import { allRooms } from '../engine/all-rooms.ts'
import { makeSocket, onRoomEvents, type Ask } from '../engine/socket.ts'
import { openConnection } from '../engine/connection.ts'
import { findMessage } from '../engine/room-log.ts'
import { openOutbox } from '../engine/outbox/outbox.ts'
import { account } from './account.ts'
import { originOf } from './address.ts'
import type { Client, ClientOptions } from './api.ts'
import { ClientError, refused } from './client-error.ts'
import { leading, moderating } from './leading.ts'
import { privateRooms } from './private-rooms.ts'
import { openReceipts } from './receipts.ts'
import { storedOutbox } from './records.ts'
import { createRetrier } from './retry.ts'
import { reading } from './reading.ts'
import { openClientRoom, idOf, type OpenedRoom } from './room.ts'
import { openSession } from './session.ts'
import { memoryStore } from './store.ts'

export type * from './api.ts'
export { ClientError, type ClientReason, type Unsent } from './client-error.ts'
export { browserStore, memoryStore, type ClientStore, type WebStorage } from './store.ts'
export { fileStore } from './store-file.ts'

/** Refusals of a connection that another attempt doesn't change. `sign-in` and `too-old` are handled separately. */
const FINAL_REFUSALS: readonly (Reason | undefined)[] = ['not-allowed', 'bad-request']

/**
 * Resolves once connected. Waits for a server that can't be reached.
 * @throws ClientError when the server refuses (`name-taken`, `sign-in`, `too-old`, …) or the store is another client's or a newer one's
 */
export async function openClient(options: ClientOptions): Promise<Client> {
  if (!('WebSocket' in globalThis)) throw new ClientError('too-old', 'taifas/client needs Node 24, or a browser')
  const release = await options.store?.claim?.()
  try {
    return await connect(options, release)
  } catch (cause) {
    await release?.()
    throw cause
  }
}

async function connect(options: ClientOptions, release?: () => Promise<void>): Promise<Client> {
  const {
    name,
    token,
    moderator,
    invitation,
    store = memoryStore(),
    onError = (error) => console.error(error)
  } = options
  const url = originOf(options.url)
  const retrier = createRetrier()
  /** Reasons to wait that were reported. */
  const reported = new Set<Reason>()
  function waitingFor(reason: Reason) {
    if (reported.has(reason)) return
    reported.add(reason)
    onError(reason === 'too-fast' ? refused(reason) : new ClientError('unavailable', `${url} can't be reached`))
  }
  const storeFailed = (cause: unknown) => onError(new ClientError('store', 'the store failed', { cause }))
  const session = await openSession({
    url,
    name,
    token,
    moderator,
    invitation,
    store,
    retrier,
    waitingFor,
    failed: storeFailed
  })
  let me = session.person

  const { socket, ...requests } = makeSocket({
    token: session.token,
    rooms: () => [...rooms.values()].flatMap((room) => room.requests()),
    address: url
  })
  const reporting =
    (ask: Ask): Ask =>
    async (...request) => {
      const reply = await ask(...request)
      if (!reply.ok && reply.reason === 'too-fast') waitingFor(reply.reason)
      return reply
    }
  const ask = reporting(requests.ask)
  const askSoon = reporting(requests.askSoon)
  const rooms = new Map<string, OpenedRoom>()
  /** Rooms that answered on this connection, and so accept messages. */
  const ready = new Set<string>()
  const isReady = (room: string) => socket.connected && ready.has(room)
  const opened = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<ClientError | null>()
  let endedWith: ClientError | null = null
  let isLeaving = false

  const outboxStore = await storedOutbox(store, me.id, storeFailed)
  const outbox = openOutbox({
    send: (...message) => askSoon('message:send', ...message),
    ready: isReady,
    confirmed: (item, receipt) => rooms.get(item.room)?.expect(receipt.seq),
    open(room) {
      const reason = rooms.get(room)?.refusal()
      if (reason) outbox.refuse(room, reason)
    },
    store: outboxStore
  })
  const receipts = openReceipts(outbox, onError)

  const connection = openConnection(socket, {
    online(hello) {
      me = hello.person
      opened.resolve()
      for (const room of rooms.values()) room.online()
      retrier.wake()
    },
    offline() {
      ready.clear()
      for (const room of rooms.values()) room.offline()
    },
    signIn({ reason, why }) {
      if (isLeaving) return undefined
      if (reason === 'banned') return end(refused(reason, { why }))
      session.again(reason).then(
        () => endedWith ?? connection.resume(),
        (cause: unknown) => end(cause as ClientError)
      )
    }
  })
  const stopWatching = effect(() => {
    if (connection.tooOld.value)
      untracked(() => end(new ClientError('too-old', 'The server no longer understands this version of the client.')))
  })
  socket.on('connect_error', (error) => {
    const { data } = error as Error & { data?: { reason?: Reason } }
    if (data?.reason && FINAL_REFUSALS.includes(data.reason)) end(refused(data.reason))
  })
  socket.on('person:changed', (person) => (me = person))
  socket.on('session:ended', (refusal) => isLeaving || end(refused(exactReason(refusal), { why: refusal.why })))
  onRoomEvents(socket, (list) => rooms.get(list.room)?.events(list))
  socket.on('people:changed', (change) => rooms.get(change.room)?.peopleChanged(change))

  function ensure(id: string): OpenedRoom {
    const existing = rooms.get(id)
    if (existing) return existing
    const made = openClientRoom(id, {
      ask,
      store,
      retrier,
      report: onError,
      me: () => me,
      ready: () => isReady(id),
      moved(log) {
        for (const item of outbox.items.value) {
          const found = item.room === id && item.triedAt !== undefined ? findMessage(log, item.id) : undefined
          if (found?.by.id === me.id)
            receipts.settle({ ...item, receipt: { seq: found.seq, id: found.id, at: found.at } })
        }
        if (ready.has(id)) return
        ready.add(id)
        outbox.wake(id)
        retrier.wake()
      },
      refused(reason) {
        // Its handlers receive nothing from now on, and no promise would be rejected.
        onError(refused(reason, { room: id }))
        outbox.refuse(id, reason)
      },
      send: (text, options) => receipts.send(id, text, options)
    })
    rooms.set(id, made)
    if (connection.online.value) made.online()
    return made
  }

  function end(error: ClientError | null) {
    if (endedWith) return
    endedWith = error ?? new ClientError('closed', 'The client was closed.')
    session.stop()
    stopWatching()
    retrier.end(endedWith)
    for (const room of rooms.values()) room.close()
    outbox.close()
    connection.close()
    receipts.end(endedWith)
    opened.reject(endedWith)
    ended.resolve(error)
  }

  const released = ended.promise.then(() => outboxStore.written()).then(release)

  await outbox.restore()
  for (const { room } of outbox.items.value) ensure(room)
  connection.start()
  await opened.promise
  void ended.promise.then((error) => error && onError(error))

  return {
    get me() {
      return me
    },
    get online() {
      return connection.online.value
    },
    ended: ended.promise,
    room(id, options) {
      const opened = ensure(id)
      if (options) opened.choose(options)
      return opened.room
    },
    rooms: () => retrier.insist(() => allRooms(ask)),
    createRoom: (title) => retrier.insist(() => ask('room:create', { title })),
    ...leading(ask, retrier),
    ...privateRooms(ask, retrier),
    ...moderating(ask, retrier),
    changeRoom: (room, change) => retrier.insist(() => ask('room:change', { room, ...change })),
    history: async (room, message) =>
      (await retrier.insist(() => ask('message:history', { room, message: idOf(message) }))).texts,
    pin: (room, message, on = true) => retrier.insist(() => ask('message:pin', { room, message: idOf(message), on })),
    ...reading(ask, retrier, (id) => rooms.get(id)?.epoch()),
    ...account({
      url,
      ask,
      retrier,
      session,
      leaving: (on) => (isLeaving = on),
      async left() {
        end(null)
        await released
      }
    }),
    async close() {
      // Nobody can come back as this person.
      const isLast = options.store === undefined && token === undefined && connection.online.value
      end(null)
      await released
      if (isLast) await session.signOut()
    }
  }
}
