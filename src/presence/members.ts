// This instance's own people: who has a connection here, and who is waited for a while after theirs went.
import { PERSON_ROOMS_MAX, type Present } from '../contract.ts'
import { CROWD_PEOPLE, type LeaseRoom } from './store.ts'
import type { Cancel, Clock } from '../clock.ts'
import { idleSince, withIdle } from './idleness.ts'
import { crowdAbove, leaseRooms } from './lease-rooms.ts'
import type { PresenceTiming } from './timing.ts'

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
  /** Where each person is, by key: the room that they came to last stands last. */
  const places = new Map<string, Set<string>>()
  /** A room with more people than this is a crowd. */
  let crowd = CROWD_PEOPLE
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
      const place = places.get(who.key) ?? new Set<string>()
      place.delete(room)
      places.set(who.key, place.add(room))
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

    /**
     * Takes somebody out of the rooms that they came to longest ago, if they are in more than one person may be in. Returns these,
     * and who stood there. Their connections stay; nobody is waited for.
     */
    limit(key: string): [room: string, who: Present][] {
      const place = places.get(key) ?? new Set<string>()
      return [...place].slice(0, -PERSON_ROOMS_MAX).flatMap((room) => {
        const guest = find(room, key)
        guest?.cancel?.()
        return guest ? [forget(room, guest)] : []
      })
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
      return [...(places.get(key) ?? [])].flatMap((room) => turned(room, find(room, key)))
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
      places.clear()
      active.clear()
      return everybody
    },

    who: (room: string, key: string): Present | undefined => find(room, key)?.who,
    isHeld: (room: string, key: string): boolean => find(room, key)?.connections.size === 0,
    isCrowd: (room: string): boolean => (rooms.get(room)?.size ?? 0) > crowd,
    isEmpty: (): boolean => rooms.size === 0,

    /** What a lease says of them. */
    rooms(namesInEveryRoom: boolean): Map<string, LeaseRoom> {
      const people = new Map([...rooms].map(([room, people]) => [room, [...people.values()].map(({ who }) => who)]))
      crowd = crowdAbove([...people.values()].map(({ length }) => length))
      return leaseRooms(people, { crowd, namesInEveryRoom })
    }
  }

  function hold(room: string, guest: Guest, ms: number) {
    const lastMs = Math.min(ms, timing.provenMs)
    guest.cancel = clock.after(ms - lastMs, () => {
      onDoubt()
      guest.cancel = clock.after(lastMs, () => (isSure() ? depart(room, guest) : hold(room, guest, timing.retryMs)))
    })
  }

  function depart(room: string, guest: Guest) {
    onDeparted(...forget(room, guest))
  }

  function forget(room: string, { who }: Guest): [room: string, who: Present] {
    const people = rooms.get(room)
    people?.delete(who.key)
    if (people?.size === 0) rooms.delete(room)
    const place = places.get(who.key)
    place?.delete(room)
    if (place?.size === 0) {
      places.delete(who.key)
      active.delete(who.key)
    }
    return [room, who]
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
