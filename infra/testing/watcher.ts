// Records what an instance sends its clients about joins and leaves.
import type { Reply, RoomPeople } from '../../src/contract.ts'
import { asNative, connected, openSocket, signIn, unpacked } from './clients.ts'
import { until } from './until.ts'

/** Long enough on a busy machine. */
const ANSWER_WITHIN_MS = 15_000

/** A join or leave that clients of an instance received. */
export interface Seen {
  at: number
  change: 'joined' | 'left'
  room: string
  name: string
  numUsers?: number
}

export type Watcher = Awaited<ReturnType<typeof openWatcher>>

/** Two clients of one instance that record its presence events: a listener with the classic protocol, and a native person. */
export async function openWatcher(url: string, name: string, rooms: string[]) {
  const seen: Seen[] = []
  const note = (change: Seen['change'], room: string, name: string, numUsers?: number) =>
    seen.push({ at: performance.now(), change, room, name, ...(numUsers !== undefined && { numUsers }) })
  const { token } = await signIn(url, name)
  const listener = openSocket(url, { transports: ['websocket'] })
  for (const [said, change] of [['user-joined', 'joined'] as const, ['user-left', 'left'] as const])
    listener.on(said, ({ username, numUsers }: { username: string; numUsers: number }) =>
      note(change, 'classic', username, numUsers)
    )
  const native = openSocket(url, asNative(token))
  const shown = new Map<string, Map<string, string>>(rooms.map((room) => [room, new Map()]))
  const totals = new Map<string, number>()
  native.on('people:changed', (change: Change) => {
    const people = shown.get(change.room)
    for (const { key, name } of change.left) {
      people?.delete(key)
      note('left', change.room, name)
    }
    for (const { key, name } of change.joined) {
      people?.set(key, name)
      note('joined', change.room, name)
    }
    totals.set(change.room, change.totals.count)
  })
  await Promise.all([listener, native].map(connected))
  for (const room of rooms) {
    const { people, count } = await look(room)
    totals.set(room, count)
    shown.set(room, new Map(people.map(({ key, name }) => [key, name])))
  }

  /** Retries when the server could not answer. */
  function look(room: string): Promise<RoomPeople> {
    return until(`${name} to see who is in ${room}`, async () => {
      const asked = native.timeout(ANSWER_WITHIN_MS).emitWithAck('room:open', { room })
      const reply = unpacked('room:open', (await asked) as Reply<{ people: RoomPeople }>)
      return reply.ok && reply.value.people
    })
  }

  return {
    url,
    name,
    seen,
    since: performance.now(),
    /** The names that its clients show, by the events they received. */
    shown: (room: string) => [...(shown.get(room)?.values() ?? [])].toSorted(),
    total: (room: string) => totals.get(room),
    /** Opens the room again, as a new client does. */
    look,
    close() {
      listener.disconnect()
      native.disconnect()
    }
  }
}

interface Change {
  room: string
  joined: { key: string; name: string }[]
  left: { key: string; name: string }[]
  totals: { count: number }
}
