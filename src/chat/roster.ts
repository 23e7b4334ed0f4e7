// This instance's own people: who has a connection here, and who is waited for a while after theirs went.
import type { Present } from '../contract.ts'
import { CROWD_PEOPLE, NAMED_PEOPLE, type LeaseRoom } from '../storage/presence.ts'
import type { Cancel, Clock } from './clock.ts'
import { idleSince, withIdle } from './idleness.ts'
import type { PresenceTiming } from './presence-timing.ts'

/** Said so, closed the page, or lost without a word. */
export type Departure = 'said' | 'closed' | 'lost'

interface Guest {
  /** As shown, idle or not. */
  who: Present
  connections: Set<string>
  /** Waited for until then, after the last connection. */
  until: number
  cancel: Cancel | null
}

export type Roster = ReturnType<typeof createRoster>

/**
 * `onDeparted`: the last connection is gone and nobody waits any more. `isSure`: whether it would be known by now if somebody
 * had come back elsewhere; until then the wait goes on. `onDoubt`: it will be asked in a moment, so it is time to find out.
 */
export function createRoster(options: {
  clock: Clock
  timing: PresenceTiming
  isSure(): boolean
  onDoubt(): void
  onDeparted(room: string, who: Present): void
}) {
  const { clock, timing, isSure, onDoubt, onDeparted } = options
  const rooms = new Map<string, Map<string, Guest>>()
  /** When each person last gave a sign of life, by key. */
  const active = new Map<string, number>()
  const holds = { said: 0, closed: timing.closedHoldMs, lost: timing.lostHoldMs } satisfies Record<Departure, number>
  let frozen = false

  const find = (room: string, key: string) => rooms.get(room)?.get(key)

  return {
    /**
     * Counts a connection in. Returns who stood there before, under this or another name. Somebody `idle` elsewhere is so here
     * too: a connection that comes back by itself is no sign of life.
     */
    arrive(room: string, who: Present, connection: string, idle?: number): Present | undefined {
      if (!active.has(who.key)) active.set(who.key, idle ?? clock.now())
      const known = find(room, who.key)
      if (!known) {
        const people = rooms.get(room) ?? new Map<string, Guest>()
        const guest = { who, connections: new Set([connection]), until: 0, cancel: null }
        turn(guest)
        rooms.set(room, people.set(who.key, guest))
        return undefined
      }
      const before = known.who
      known.cancel?.()
      known.until = 0
      known.who = who
      turn(known)
      known.connections.add(connection)
      return before
    },

    /** A connection gone earlier may still be waited for: the longest hold counts. A said farewell waits for nobody. */
    leave(room: string, key: string, connection: string, how: Departure) {
      const guest = find(room, key)
      if (!guest?.connections.delete(connection) || frozen) return
      guest.until = how === 'said' ? 0 : Math.max(guest.until, clock.now() + holds[how])
      if (guest.connections.size > 0) return
      if (how === 'said') return depart(room, guest)
      hold(room, guest, guest.until - clock.now())
    },

    /** A sign of life. Returns where this person is shown otherwise now. */
    touch(key: string): [room: string, who: Present][] {
      if (active.has(key)) active.set(key, clock.now())
      return [...rooms].flatMap(([room, people]) => turned(room, people.get(key)))
    },

    /** Time has passed: returns who is shown otherwise now. */
    turn: (): [room: string, who: Present][] =>
      [...rooms].flatMap(([room, people]) => [...people.values()].flatMap((guest) => turned(room, guest))),

    /** From now on nobody departs: they are moving, and other leases will name them. */
    freeze() {
      frozen = true
      for (const { cancel } of guests()) cancel?.()
    },

    /** Sends everybody away, and returns who was here. */
    clear(): [room: string, who: Present][] {
      const everybody = [...rooms].flatMap(([room, people]) =>
        [...people.values()].map(({ who }): [string, Present] => [room, who])
      )
      for (const { cancel } of guests()) cancel?.()
      rooms.clear()
      active.clear()
      return everybody
    },

    who: (room: string, key: string): Present | undefined => find(room, key)?.who,
    isHeld: (room: string, key: string): boolean => find(room, key)?.connections.size === 0,
    isCrowd: (room: string): boolean => (rooms.get(room)?.size ?? 0) > CROWD_PEOPLE,
    isEmpty: (): boolean => rooms.size === 0,

    /** What a lease says of them. */
    rooms: (): Map<string, LeaseRoom> =>
      new Map([...rooms].map(([room, people]) => [room, leaseRoom([...people.values()].map(({ who }) => who))]))
  }

  function hold(room: string, guest: Guest, ms: number) {
    const lastMs = Math.min(ms, timing.provenMs)
    guest.cancel = clock.after(ms - lastMs, () => {
      onDoubt()
      guest.cancel = clock.after(lastMs, () => (isSure() ? depart(room, guest) : hold(room, guest, timing.retryMs)))
    })
  }

  function depart(room: string, guest: Guest) {
    const people = rooms.get(room)
    people?.delete(guest.who.key)
    if (people?.size === 0) rooms.delete(room)
    if (![...rooms.values()].some((people) => people.has(guest.who.key))) active.delete(guest.who.key)
    onDeparted(room, guest.who)
  }

  function turned(room: string, guest: Guest | undefined): [room: string, who: Present][] {
    return guest && turn(guest) ? [[room, guest.who]] : []
  }

  /** Whether this person is shown otherwise than before. */
  function turn(guest: Guest): boolean {
    const now = clock.now()
    const before = guest.who
    guest.who = withIdle(before, idleSince(active.get(before.key) ?? now, now, timing.idleAfterMs))
    return guest.who !== before
  }

  function guests() {
    return [...rooms.values()].flatMap((people) => [...people.values()])
  }
}

function leaseRoom(everybody: Present[]): LeaseRoom {
  const count = everybody.length
  if (count > CROWD_PEOPLE) return { count, keys: [], people: everybody.slice(0, NAMED_PEOPLE) }
  const people = everybody.filter(({ guest }, place) => guest || place < NAMED_PEOPLE)
  return { count, keys: everybody.map(({ key }) => key), people }
}
