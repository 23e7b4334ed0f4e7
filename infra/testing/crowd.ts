// Simulated people for tests of presence. They join, leave and move, and reconnect by themselves after a lost connection, as browsers
// do. The crowd knows who is really present, and tests compare the instances' views with it.
import { setTimeout as wait } from 'node:timers/promises'
import type { Socket } from 'socket.io-client'
import { LOBBY } from '../../src/contract.ts'
import { asNative, connected, openSocket, signIn } from './clients.ts'

/** Disconnected on purpose, closed the page, or lost the connection silently. */
export type How = 'said' | 'closed' | 'lost'

/** Long enough for a handshake, or a reply, on a busy machine. */
const CONNECT_WITHIN_MS = 15_000
const ANSWER_WITHIN_MS = 15_000
const BACK_AFTER_MS = 50
const AGAIN_AFTER_MS = 200

/** `askedAt`: when the person asked to join, by `performance.now()`. Bounds are measured from there. */
export interface Welcome {
  askedAt: number
  numUsers?: number
}

/** From the lost connection until the person is let in again, by `performance.now()`. */
export interface Absence {
  lostAt: number
  backAt: number
}

export interface Somebody {
  readonly name: string
  readonly native: boolean
  readonly rooms: ReadonlySet<string>
  /** The instance of the current connection. */
  readonly url: string
  /** Joins; resolves when the server has confirmed it. */
  come(url: string, rooms?: string[]): Promise<Welcome>
  /** Leaves for good. Compatible clients always disconnect on purpose. */
  go(how: How): void
  /** Loses the connection and reconnects to another instance. */
  move(url: string): Promise<void>
  /** The absences that began since then. */
  absences(since: number): Absence[]
  enter(room: string): Promise<void>
  leave(room: string): Promise<void>
}

/** @param places the addresses of the instances that accept people now */
export function openCrowd(places: () => string[]) {
  const everyone = new Map<string, Somebody>()
  const anyPlace = (but?: string) => {
    const all = places()
    const others = all.filter((url) => url !== but)
    const from = others.length > 0 ? others : all
    return from[Math.floor(Math.random() * from.length)] ?? ''
  }

  function somebody(name: string, native: boolean): Somebody {
    let socket: Socket | null = null
    let token = ''
    /** Whether the person wants to be present. */
    const wish = { here: false }
    let url = ''
    let rooms = new Set<string>()
    let lostAt: number | null = null
    const absences: Absence[] = []

    /** Tries one instance after another until it is connected or no longer wants to be. */
    async function connect(): Promise<Welcome> {
      while (wish.here) {
        const mine = open(url)
        socket = mine
        try {
          const welcome = await introduce(mine)
          if (socket !== mine || !wish.here) mine.disconnect()
          return welcome
        } catch {
          if (socket === mine) socket = null
          mine.removeAllListeners()
          mine.io.engine.close()
          await wait(AGAIN_AFTER_MS)
          if (wish.here) url = anyPlace(url)
        }
      }
      return { askedAt: performance.now() }
    }

    const open = (url: string) =>
      openSocket(url, { ...(native ? asNative(token) : { transports: ['websocket'] }), timeout: CONNECT_WITHIN_MS })

    async function introduce(mine: Socket): Promise<Welcome> {
      await connected(mine)
      const lost = new Promise<never>((_, failed) => mine.once('disconnect', () => failed(new Error('cut'))))
      lost.catch(() => {})
      const askedAt = performance.now()
      let login: { numUsers?: number } = {}
      if (native) for (const room of rooms) await Promise.race([opened(mine, room), lost])
      else {
        const heard = new Promise<{ numUsers: number }>((done) => mine.once('login', done))
        mine.emit('add-user', name)
        login = await Promise.race([heard, lost, wait(ANSWER_WITHIN_MS).then(() => Promise.reject(new Error('mute')))])
      }
      // Not before: the loop above retries what fails until now.
      mine.on('disconnect', () => {
        if (socket !== mine || !wish.here) return
        lostAt = performance.now()
        void wait(Math.random() * BACK_AFTER_MS).then(() => back(mine))
      })
      mine.on('server:moving', ({ afterMs }: { afterMs: number }) => {
        void wait(afterMs).then(() => mine.io.engine.close())
      })
      if (!mine.connected) throw new Error('cut')
      if (lostAt !== null) absences.push({ lostAt, backAt: performance.now() })
      lostAt = null
      return { ...login, askedAt }
    }

    async function back(lost: Socket) {
      if (socket !== lost || !wish.here) return
      url = anyPlace(url)
      await connect()
    }

    /** Retries until the room is open: the store may be unavailable, or the room may have to be created again. */
    async function opened(mine: Socket, room: string) {
      while (mine.connected && rooms.has(room)) {
        const asked = mine.timeout(ANSWER_WITHIN_MS).emitWithAck('room:open', { room }) as Promise<{ ok: boolean }>
        const reply = await asked.catch(() => null)
        if (reply?.ok) return
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
        const welcome = await connect()
        everyone.set(name, me)
        return welcome
      },
      go(how) {
        everyone.delete(name)
        wish.here = false
        lostAt = null
        const mine = socket
        socket = null
        if (how === 'closed' && native) mine?.emit('person:bye', {})
        if (how === 'said' || !native) mine?.disconnect()
        else mine?.io.engine.close()
      },
      async move(to) {
        const mine = socket
        socket = null
        lostAt ??= performance.now()
        mine?.io.engine.close()
        url = to
        await connect()
      },
      absences(since) {
        const present = lostAt === null ? [] : [{ lostAt, backAt: performance.now() }]
        return [...absences, ...present].filter((one) => one.lostAt >= since)
      },
      async enter(room) {
        rooms.add(room)
        if (socket) await opened(socket, room)
      },
      async leave(room) {
        rooms.delete(room)
        // A connection that is lost before the reply reconnects without the room.
        await socket
          ?.timeout(ANSWER_WITHIN_MS)
          .emitWithAck('room:leave', { room })
          .catch(() => {})
      }
    }
    return me
  }

  return {
    somebody,
    anyPlace,
    everyone: () => [...everyone.values()],
    /** The names that are really in a room. */
    names: (room: string) =>
      [...everyone.values()]
        .filter(({ rooms }) => rooms.has(room))
        .map(({ name }) => name)
        .toSorted(),
    close() {
      for (const one of everyone.values()) one.go('said')
    }
  }
}
