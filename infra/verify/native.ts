// A person with the published client: what it sends, what it shows and when, and how long it is offline.
import { effect } from '@preact/signals'
import { LOBBY, newId } from '../../src/contract.ts'
import { openClient, type ClientError, type ClientRoom } from '../../web/sdk/client.ts'
import type { Acknowledged, Sent, Shown } from '../testing/history.ts'
import { prefixOf, type Region, type RunOptions } from './run-options.ts'
import { until, within } from './waiting.ts'

/** All runs share one room. */
export const ROOM = 'verify'
const CONNECTED_WITHIN_MS = 15_000

export type NativeClient = Awaited<ReturnType<typeof openNative>>

/** Signs in, creates the room if needed, and opens it. @throws a sentence that says why it can't */
export async function openNative(run: RunOptions, { name: region, url }: Region, label: string, withLobby = run.lobby) {
  const name = `${region} ${label} (verify ${run.id})`
  let lastError = 'no answer'
  const opening = openClient({
    url,
    name,
    ...(run.invitation !== null && { invitation: run.invitation }),
    onError: (error) => (lastError = error.message)
  })
  const client = await within(CONNECTED_WITHIN_MS, 'signing in', opening).catch((cause: Error) => {
    throw new Error(`${name} can't sign in: ${cause.message}`)
  })
  await client.createRoom(ROOM).catch((cause: ClientError) => {
    if (cause.reason !== 'room-exists') throw new Error(`${name} can't create the room "${ROOM}": ${cause.message}`)
  })
  const room = client.room(ROOM)
  const lobbyRoom = withLobby ? client.room(LOBBY) : null
  const screen = watch(room, name, run.id)
  const lobby = lobbyRoom && watch(lobbyRoom, name, run.id)
  const isOpen = () => [room, lobbyRoom ?? room].every(({ state }) => state === 'synced')
  if (!(await until(isOpen, CONNECTED_WITHIN_MS))) {
    await client.close()
    throw new Error(`${name} can't open its rooms: ${lastError}`)
  }

  const sent: (Sent & { at: number })[] = []
  const acknowledged: Acknowledged[] = []
  /** Milliseconds from sending to the acknowledgement. */
  const acknowledgedAfter: number[] = []
  /** Milliseconds from each disconnection until it had caught up. */
  const blackouts: number[] = []
  let offlineSince: number | null = null
  const stopWatching = effect(() => {
    if (!client.online) offlineSince ??= performance.now()
    if (offlineSince === null || !client.online || room.state !== 'synced') return
    blackouts.push(performance.now() - offlineSince)
    offlineSince = null
  })

  const state = { name, region, client, room, screen, lobby, sent, acknowledged, acknowledgedAfter, blackouts }
  return Object.assign(state, {
    people: () => room.people?.people ?? [],
    /** Resolves once the message is stored. */
    async send(text: string) {
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
  })
}

/** Messages of this run that appear in a room, in order, and when (by id). */
function watch(room: ClientRoom, client: string, run: string) {
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
