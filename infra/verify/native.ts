// A person with the published client: what it sends, what it shows and when, and how long it is offline.
import { effect } from '@preact/signals'
import { LOBBY, newId, type Present } from '../../src/contract.ts'
import { openClient, type Client, type ClientError, type ClientRoom } from '../../web/sdk/client.ts'
import type { Acknowledged, Sent, Shown } from '../testing/history.ts'
import { prefixOf } from './run.ts'
import { until, within } from './waiting.ts'

/** All runs share one room. */
export const ROOM = 'verify'
const CONNECTED_WITHIN_MS = 15_000

/** Messages of this run that appeared in one room, in order. */
export interface Screen {
  readonly shown: readonly Shown[]
  /** By message id. */
  readonly shownAt: ReadonlyMap<string, number>
}

export interface NativeClient {
  readonly name: string
  /** The preferred one. */
  readonly region: string
  readonly client: Client
  readonly room: ClientRoom
  readonly screen: Screen
  /** Null with --no-lobby. */
  readonly lobby: Screen | null
  /** `at`: when it was sent. */
  readonly sent: readonly (Sent & { at: number })[]
  readonly acknowledged: readonly Acknowledged[]
  /** Milliseconds from sending to the acknowledgement. */
  readonly acknowledgedAfter: readonly number[]
  /** Milliseconds from each disconnection until it had caught up. */
  readonly blackouts: readonly number[]
  people(): readonly Present[]
  /** Resolves once the message is stored. */
  send(text: string): Promise<void>
  close(): Promise<void>
}

/** Signs in, creates the room if needed, and opens it. @throws a sentence that says why it can't */
export async function openNative(options: {
  url: string
  region: string
  name: string
  run: string
  lobby: boolean
}): Promise<NativeClient> {
  const { url, region, name, run } = options
  let lastError = 'no answer'
  const onError = (error: ClientError) => (lastError = error.message)
  const opening = openClient({ url, name, onError })
  const client = await within(CONNECTED_WITHIN_MS, 'signing in', opening).catch((cause: Error) => {
    throw new Error(`${name} can't sign in: ${cause.message}`)
  })
  await client.createRoom(ROOM).catch((cause: ClientError) => {
    if (cause.reason !== 'room-exists') throw new Error(`${name} can't create the room "${ROOM}": ${cause.message}`)
  })
  const room = client.room(ROOM)
  const rooms = options.lobby ? [room, client.room(LOBBY)] : [room]
  const [screen, lobby = null] = rooms.map((one) => watch(one, name, run)) as [Screen, Screen?]
  const isOpen = () => rooms.every(({ state }) => state === 'synced')
  await until(() => isOpen() || rooms.some(({ state }) => state === 'refused'), CONNECTED_WITHIN_MS)
  if (!isOpen()) {
    await client.close()
    throw new Error(`${name} can't open its rooms: ${lastError}`)
  }

  const sent: (Sent & { at: number })[] = []
  const acknowledged: Acknowledged[] = []
  const acknowledgedAfter: number[] = []
  const blackouts: number[] = []
  let offlineSince: number | null = null
  const stopWatching = effect(() => {
    if (!client.online) offlineSince ??= performance.now()
    if (offlineSince === null || !client.online || room.state !== 'synced') return
    blackouts.push(performance.now() - offlineSince)
    offlineSince = null
  })

  return {
    name,
    region,
    client,
    room,
    screen,
    lobby,
    sent,
    acknowledged,
    acknowledgedAfter,
    blackouts,
    people: () => room.people?.people ?? [],
    async send(text) {
      const id = newId()
      const at = performance.now()
      sent.push({ client: name, room: ROOM, id, text, at })
      const { seq } = await room.send(text, { id })
      acknowledgedAfter.push(performance.now() - at)
      acknowledged.push({ client: name, room: ROOM, id, seq })
    },
    async close() {
      stopWatching()
      await client.close()
    }
  }
}

function watch(room: ClientRoom, client: string, run: string): Screen {
  const shown: Shown[] = []
  const shownAt = new Map<string, number>()
  let before = new Set<string>()
  room.onChange(() => {
    const now = performance.now()
    for (const { id, seq, text } of room.messages) {
      // A message that comes back or is there twice is recorded twice.
      if (before.has(id) || !text.startsWith(prefixOf(run))) continue
      shown.push({ client, room: room.id, epoch: '', seq, id, text })
      shownAt.set(id, now)
    }
    before = new Set(room.messages.map(({ id }) => id))
  })
  return { shown, shownAt }
}
