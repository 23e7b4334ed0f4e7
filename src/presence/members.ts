// The people of this instance: everyone with a connection here, and everyone in a grace period after their last connection ended.
import { PERSON_ROOMS_MAX, type Present } from '../contract.ts'
import type { Cancel, Clock } from '../clock.ts'
import { largestListed, leaseRooms, withIdle, type LeaseRoom } from './lease.ts'
import type { PresenceTiming } from './timing.ts'

/** How a connection ended: the person left, the page was closed, or the connection was lost without notice. */
export type Departure = 'left' | 'closed' | 'lost'
export type Placed = [room: string, person: Present]

interface Member {
  /** As shown, idle or not. */
  person: Present
  connections: Set<string>
  /** End of the grace period after the last connection. */
  until: number
  cancel: Cancel | null
}

const MINUTE_MS = 60_000

export type Members = ReturnType<typeof createMembers>

/**
 * `onDeparted`: the last connection is gone and the grace period is over. `isSure`: whether this instance would know by now if the
 * person were back on another one; until then the grace period goes on. `onDoubt`: `isSure` will be called in a moment, so the caller
 * should find out.
 */
export function createMembers(options: {
  clock: Clock
  timing: PresenceTiming
  isSure(): boolean
  onDoubt(): void
  onDeparted(room: string, person: Present): void
}) {
  const { clock, timing, isSure, onDoubt, onDeparted } = options
  const rooms = new Map<string, Map<string, Member>>()
  /** The rooms of each person, by key, the latest joined last. */
  const places = new Map<string, Set<string>>()
  /** When each person was last active, by key. */
  const activeAt = new Map<string, number>()
  const graceMs = { left: 0, closed: timing.closedHoldMs, lost: timing.lostHoldMs } satisfies Record<Departure, number>
  /** Rooms with more people are written as a number only. */
  let largest = Infinity
  let frozen = false
  /** Keys given to guests who came back, until they use them or this time. */
  const inherited = new Map<string, number>()

  const find = (room: string, key: string) => rooms.get(room)?.get(key)
  const isGone = (room: string, key: string) => !find(room, key)?.connections.size
  const all = () => [...rooms].flatMap(([room, people]) => [...people.values()].map((member) => ({ room, member })))

  return {
    /**
     * Counts a connection in. Returns the person as they were in this room before, under this or another name. `idle`: since when the
     * person is idle elsewhere, and so here: a connection that comes back by itself is no activity.
     */
    arrive(room: string, person: Present, connection: string, idle?: number): Present | undefined {
      const { key } = person
      inherited.delete(key)
      if (!activeAt.has(key)) activeAt.set(key, idle ?? clock.now())
      const place = places.get(key) ?? new Set<string>()
      place.delete(room)
      places.set(key, place.add(room))
      const known = find(room, key)
      const member = known ?? { person, connections: new Set(), until: 0, cancel: null }
      const before = known?.person
      member.cancel?.()
      Object.assign(member, { person, until: 0 })
      member.connections.add(connection)
      updateIdle(member)
      if (!known) rooms.set(room, (rooms.get(room) ?? new Map<string, Member>()).set(key, member))
      return before
    },

    /** Takes a person out of the rooms they joined longest ago, down to the limit, and returns these. Their connections stay open. */
    limit(key: string): Placed[] {
      return [...(places.get(key) ?? [])].slice(0, -PERSON_ROOMS_MAX).flatMap((room) => {
        const member = find(room, key)
        member?.cancel?.()
        return member ? [forget(room, member)] : []
      })
    },

    /** Counts a connection out. The longest grace period of several connections counts; a person who left has none. */
    leave(room: string, key: string, connection: string, how: Departure) {
      const member = find(room, key)
      if (!member?.connections.delete(connection) || frozen) return
      member.until = how === 'left' ? 0 : Math.max(member.until, clock.now() + graceMs[how])
      if (member.connections.size > 0) return
      if (how === 'left') return onDeparted(...forget(room, member))
      waitFor(room, member, member.until - clock.now())
    },

    /** The person was active. Returns where they look different now. */
    active(key: string): Placed[] {
      if (activeAt.has(key)) activeAt.set(key, clock.now())
      return [...(places.get(key) ?? [])].flatMap((room) => changed(room, find(room, key)))
    },

    /** Time has passed. Returns everyone who became idle. */
    tick: (): Placed[] => all().flatMap(({ room, member }) => changed(room, member)),

    /** From now on nobody departs: the people are moving, and other leases will name them. */
    freeze() {
      frozen = true
      for (const { member } of all()) member.cancel?.()
    },

    /** Removes everyone, and returns them. */
    clear(): Placed[] {
      return all().map(({ room, member }) => {
        member.cancel?.()
        return forget(room, member)
      })
    },

    find: (room: string, key: string): Present | undefined => find(room, key)?.person,
    /** No connection here stands behind this person. */
    isGone,

    /** The key of one of these guests for a guest who comes back, or null. A key is given once, until it is used. */
    inherit(waiting: Present[], room: string): string | null {
      const now = clock.now()
      for (const [key, until] of inherited) if (until <= now) inherited.delete(key)
      const free = waiting.filter(({ key }) => !inherited.has(key) && isGone(room, key))
      // A random one: instances that admit guests of one name at the same moment should not all take the first.
      const key = free[Math.floor(Math.random() * free.length)]?.key ?? null
      if (key) inherited.set(key, now + timing.lostHoldMs)
      return key
    },
    isNumber: (room: string): boolean => (rooms.get(room)?.size ?? 0) > largest,
    isEmpty: (): boolean => rooms.size === 0,

    /** The rooms as the lease has them. */
    leaseRooms(namesInEveryRoom: boolean): Map<string, LeaseRoom> {
      largest = largestListed([...rooms.values()].map(({ size }) => size))
      const people = new Map([...rooms].map(([room, some]) => [room, [...some.values()].map(({ person }) => person)]))
      return leaseRooms(people, { largest, namesInEveryRoom })
    }
  }

  function waitFor(room: string, member: Member, ms: number) {
    const lastMs = Math.min(ms, timing.provenMs)
    member.cancel = clock.after(ms - lastMs, () => {
      onDoubt()
      member.cancel = clock.after(lastMs, () => {
        if (isSure()) onDeparted(...forget(room, member))
        else waitFor(room, member, timing.retryMs)
      })
    })
  }

  function forget(room: string, { person }: Member): Placed {
    const people = rooms.get(room)
    people?.delete(person.key)
    if (people?.size === 0) rooms.delete(room)
    const place = places.get(person.key)
    place?.delete(room)
    if (place?.size === 0) {
      places.delete(person.key)
      activeAt.delete(person.key)
    }
    return [room, person]
  }

  function changed(room: string, member: Member | undefined): Placed[] {
    return member && updateIdle(member) ? [[room, member.person]] : []
  }

  /** Idle time is shown by the minute: it changes rarely enough to travel with what is written anyway. Returns whether it changed. */
  function updateIdle(member: Member): boolean {
    const { person } = member
    const since = activeAt.get(person.key) ?? clock.now()
    const isIdle = clock.now() - since >= timing.idleAfterMs
    member.person = withIdle(person, isIdle ? Math.floor(since / MINUTE_MS) * MINUTE_MS : undefined)
    return member.person !== person
  }
}
