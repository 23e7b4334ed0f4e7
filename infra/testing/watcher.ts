// Those who write down what an instance tells its clients of who comes and who goes.
import { io } from 'socket.io-client'
import { WIRE_VERSION, type Reply, type RoomPeople } from '../../src/contract.ts'
import { signIn } from './clients.ts'
import { until } from './until.ts'

/** Long enough on a busy machine. */
const ANSWER_WITHIN_MS = 15_000

/** Something that clients of an instance were told. */
export interface Told {
  at: number
  word: 'joined' | 'left'
  room: string
  name: string
  numUsers?: number
}

export type Watcher = Awaited<ReturnType<typeof openWatcher>>

/** Two who watch one instance and write down what it tells: a listener in the classic words, and a person in our own. */
export async function openWatcher(url: string, name: string, rooms: string[]) {
  const told: Told[] = []
  const note = (word: Told['word'], room: string, name: string, numUsers?: number) =>
    told.push({ at: performance.now(), word, room, name, ...(numUsers !== undefined && { numUsers }) })
  const options = { transports: ['websocket'], reconnection: false, forceNew: true }
  const { token } = await signIn(url, name)
  const listener = io(url, options)
  for (const [said, word] of [['user-joined', 'joined'] as const, ['user-left', 'left'] as const])
    listener.on(said, ({ username, numUsers }: { username: string; numUsers: number }) =>
      note(word, 'classic', username, numUsers)
    )
  const native = io(url, { ...options, auth: { speaks: 'native', v: WIRE_VERSION, token } })
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
  await Promise.all([listener, native].map((one) => new Promise<void>((done) => one.once('connect', () => done()))))
  for (const room of rooms) {
    const { people, count } = await look(room)
    totals.set(room, count)
    shown.set(room, new Map(people.map(({ key, name }) => [key, name])))
  }

  /** Again, should the server not have been able to say. */
  function look(room: string): Promise<RoomPeople> {
    return until(`${name} to see who is in ${room}`, async () => {
      const asked = native.timeout(ANSWER_WITHIN_MS).emitWithAck('room:open', { room })
      const reply = (await asked) as Reply<{ people: RoomPeople }>
      return reply.ok && reply.value.people
    })
  }

  return {
    url,
    name,
    told,
    since: performance.now(),
    /** Whom its clients see, from what they were told. */
    shown: (room: string) => [...(shown.get(room)?.values() ?? [])].toSorted(),
    total: (room: string) => totals.get(room),
    /** Asks anew, as somebody who comes in now. */
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
