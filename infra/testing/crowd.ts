// People for tests of presence: programs that come, go and move, and come back by themselves when they are cut off, as browsers do.
// They know who is here; what the instances say is held against them.
import { setTimeout as wait } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'
import { LOBBY, WIRE_VERSION, type RoomPeople } from '../../src/contract.ts'
import { signIn } from './clients.ts'

/** Said so, closed the page, or lost without a word. */
export type How = 'said' | 'closed' | 'lost'

/** Long enough for a handshake on a busy machine. */
const CONNECT_WITHIN_MS = 5_000
const ANSWER_WITHIN_MS = 5_000
const BACK_AFTER_MS = 50
const AGAIN_AFTER_MS = 200

export interface Somebody {
  readonly name: string
  readonly native: boolean
  readonly rooms: ReadonlySet<string>
  /** Where the present connection goes. */
  readonly url: string
  /** Comes in; resolves when the server has said so. */
  come(url: string, rooms?: string[]): Promise<{ numUsers?: number }>
  /** Goes for good. Borrowed clients know one way only. */
  go(how: How): void
  /** Loses the connection and comes back at another place. */
  move(url: string): Promise<void>
  enter(room: string): Promise<void>
  leave(room: string): Promise<void>
}

export type Crowd = ReturnType<typeof openCrowd>

/** `places`: the addresses of the instances that welcome people at present. */
export function openCrowd(places: () => string[]) {
  const everybody = new Map<string, Somebody>()
  const anyPlace = (but?: string) => {
    const all = places()
    const others = all.filter((url) => url !== but)
    const from = others.length > 0 ? others : all
    return from[Math.floor(Math.random() * from.length)] ?? ''
  }

  function somebody(name: string, native: boolean): Somebody {
    let socket: Socket | null = null
    let token = ''
    /** Wants to be here. */
    const wish = { here: false }
    let url = ''
    let rooms = new Set<string>()

    /** Connects until it is in, wherever that works, or is no longer wanted. */
    async function connect(): Promise<{ numUsers?: number }> {
      while (wish.here) {
        const mine = open(url)
        socket = mine
        try {
          const login = await introduce(mine)
          if (socket !== mine || !wish.here) mine.disconnect()
          return login
        } catch {
          if (socket === mine) socket = null
          mine.removeAllListeners()
          mine.io.engine.close()
          await wait(AGAIN_AFTER_MS)
          if (wish.here) url = anyPlace(url)
        }
      }
      return {}
    }

    function open(url: string) {
      const auth = native ? { speaks: 'native', v: WIRE_VERSION, token } : {}
      const options = { transports: ['websocket'], reconnection: false, forceNew: true, timeout: CONNECT_WITHIN_MS }
      return io(url, { ...options, auth })
    }

    async function introduce(mine: Socket): Promise<{ numUsers?: number }> {
      await new Promise<void>((done, failed) => {
        mine.once('connect', done)
        mine.once('connect_error', failed)
      })
      const lost = new Promise<never>((_, failed) => mine.once('disconnect', () => failed(new Error('cut'))))
      lost.catch(() => {})
      let login: { numUsers?: number } = {}
      if (native) for (const room of rooms) await Promise.race([opened(mine, room), lost])
      else {
        const heard = new Promise<{ numUsers: number }>((done) => mine.once('login', done))
        mine.emit('add-user', name)
        login = await Promise.race([heard, lost, wait(ANSWER_WITHIN_MS).then(() => Promise.reject(new Error('mute')))])
      }
      // Not before: what fails until now is tried again above.
      mine.on('disconnect', () => {
        if (socket === mine && wish.here) void wait(Math.random() * BACK_AFTER_MS).then(() => back(mine))
      })
      mine.on('server:moving', ({ afterMs }: { afterMs: number }) => {
        void wait(afterMs).then(() => mine.io.engine.close())
      })
      if (!mine.connected) throw new Error('cut')
      return login
    }

    async function back(lost: Socket) {
      if (socket !== lost || !wish.here) return
      url = anyPlace(url)
      await connect()
    }

    /** Asks until it is: the store may be away, or have to be told of the room again. */
    async function opened(mine: Socket, room: string) {
      while (mine.connected && rooms.has(room)) {
        const reply = (await mine.timeout(ANSWER_WITHIN_MS).emitWithAck('room:open', { room })) as { ok: boolean }
        if (reply.ok) return
        await wait(AGAIN_AFTER_MS)
      }
    }

    const me: Somebody = {
      name,
      native,
      get rooms() {
        return rooms
      },
      get url() {
        return url
      },
      async come(to, into = [LOBBY]) {
        url = to
        rooms = new Set(into)
        wish.here = true
        if (native && !token) ({ token } = await signIn(to, name))
        const login = await connect()
        everybody.set(name, me)
        return login
      },
      go(how) {
        everybody.delete(name)
        wish.here = false
        const mine = socket
        socket = null
        if (how === 'closed' && native) mine?.emit('person:bye', {})
        if (how === 'said' || !native) mine?.disconnect()
        else mine?.io.engine.close()
      },
      async move(to) {
        const mine = socket
        socket = null
        mine?.io.engine.close()
        url = to
        await connect()
      },
      async enter(room) {
        rooms.add(room)
        if (socket) await opened(socket, room)
      },
      async leave(room) {
        rooms.delete(room)
        await socket?.timeout(ANSWER_WITHIN_MS).emitWithAck('room:leave', { room })
      }
    }
    return me
  }

  return {
    somebody,
    anyPlace,
    everybody: () => [...everybody.values()],
    /** The truth: names in a room. */
    names: (room: string) =>
      [...everybody.values()]
        .filter(({ rooms }) => rooms.has(room))
        .map(({ name }) => name)
        .toSorted(),
    close() {
      for (const one of everybody.values()) one.go('said')
    }
  }
}

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

  async function look(room: string): Promise<RoomPeople> {
    const reply = (await native.timeout(ANSWER_WITHIN_MS).emitWithAck('room:open', { room })) as {
      ok: boolean
      value: { people: RoomPeople }
    }
    if (!reply.ok) throw new Error(`${name} can't look into ${room}: ${JSON.stringify(reply)}`)
    return reply.value.people
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
