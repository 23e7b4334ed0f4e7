// Somebody with the published client, brought along to talk: what they say, what comes onto their screen and when, how long they
// are away.
import { effect } from '@preact/signals'
import { LOBBY, newId, type Present } from '../../src/contract.ts'
import { openClient, type Client, type ClientError, type ClientRoom } from '../../web/sdk/client.ts'
import type { Acknowledged, Payload, Shown } from '../testing/history.ts'
import { until, within } from './waiting.ts'

/** The room that all runs use: rooms can't be removed, so each run having one of its own would leave a room behind. */
export const ROOM_TITLE = 'verify'
export const ROOM = 'verify'
const IN_WITHIN_MS = 15_000

export interface Utterance extends Payload {
  /** When it was said. */
  at: number
}

/** What came onto the screen of one room, of this run alone, as it came. */
export interface Screen {
  readonly shown: readonly Shown[]
  /** When a message came, by its id. */
  readonly shownAt: ReadonlyMap<string, number>
}

export interface Native {
  readonly name: string
  /** Where they were asked to come in. */
  readonly region: string
  readonly client: Client
  readonly room: ClientRoom
  readonly screen: Screen
  /** Null when the lobby is left alone. */
  readonly lobby: Screen | null
  readonly said: readonly Utterance[]
  readonly acknowledged: readonly Acknowledged[]
  /** From saying to the acknowledgement, in milliseconds. */
  readonly acknowledgedAfter: readonly number[]
  /** From each closing of the connection to having caught up, in milliseconds. */
  readonly blackouts: readonly number[]
  /** Who is in the room, as this one sees it. */
  people(): readonly Present[]
  /** Resolves once it is kept. */
  say(text: string): Promise<void>
  close(): Promise<void>
}

/** Begins everything said in a run, and nothing else. */
export const openingOf = (run: string) => `verify ${run}: `

/** Signs in, makes the room when nobody has yet, and opens it. @throws a sentence that says why not */
export async function openNative(options: {
  url: string
  region: string
  name: string
  run: string
  lobby: boolean
}): Promise<Native> {
  const { url, region, name, run } = options
  let trouble = 'no answer'
  const onError = (error: ClientError) => (trouble = error.message)
  const client = await within(IN_WITHIN_MS, 'signing in', openClient({ url, name, onError })).catch((cause: Error) => {
    throw new Error(`${name} can't come in: ${cause.message}`)
  })
  await client.createRoom(ROOM_TITLE).catch((cause: ClientError) => {
    if (cause.reason !== 'room-exists') throw new Error(`${name} can't make the room "${ROOM}": ${cause.message}`)
  })
  const room = client.room(ROOM)
  const rooms = options.lobby ? [room, client.room(LOBBY)] : [room]
  const [screen, lobby = null] = rooms.map((one) => watchScreen(one, name, run)) as [Screen, Screen?]
  const isIn = () => rooms.every(({ state }) => state === 'synced')
  if (!(await until(() => isIn() || rooms.some(({ state }) => state === 'refused'), IN_WITHIN_MS)) || !isIn()) {
    await client.close()
    throw new Error(`${name} can't open its rooms: ${trouble}`)
  }

  const said: Utterance[] = []
  const acknowledged: Acknowledged[] = []
  const acknowledgedAfter: number[] = []
  const blackouts: number[] = []
  let awaySince: number | null = null
  const stopWatching = effect(() => {
    if (!client.online) awaySince ??= performance.now()
    if (awaySince === null || !client.online || room.state !== 'synced') return
    blackouts.push(performance.now() - awaySince)
    awaySince = null
  })

  return {
    name,
    region,
    client,
    room,
    screen,
    lobby,
    said,
    acknowledged,
    acknowledgedAfter,
    blackouts,
    people: () => room.people?.people ?? [],
    async say(text) {
      const id = newId()
      const at = performance.now()
      said.push({ client: name, room: ROOM, id, text, at })
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

function watchScreen(room: ClientRoom, client: string, run: string): Screen {
  const shown: Shown[] = []
  const shownAt = new Map<string, number>()
  let before = new Set<string>()
  room.onChange(() => {
    const now = performance.now()
    const { messages } = room
    for (const { id, seq, text } of messages) {
      // What is there twice, or comes back, is written down twice.
      if (before.has(id) || !text.startsWith(openingOf(run))) continue
      shown.push({ client, room: room.id, epoch: '', seq, id, text })
      shownAt.set(id, now)
    }
    before = new Set(messages.map(({ id }) => id))
  })
  return { shown, shownAt }
}
