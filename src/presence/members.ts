// The people of this instance: everyone with a connection here, and everyone in a grace period after their last connection ended.
import { PERSON_ROOMS_MAX, type Present } from '../contract.ts'
import type { Cancel, Clock } from '../clock.ts'
import { getOrPut, leaseRooms, withIdle, type LeaseRooms } from './lease.ts'
import type { PresenceTiming } from './timing.ts'

/** How a connection ended: the person left, the page was closed, or the connection was lost without notice. */
export type Departure = 'left' | 'closed' | 'lost'
export type Placed = [room: string, person: Present]

/** A person in one room. */
interface Member {
  /** As shown, idle or not. */
  person: Present
  activeAt: number
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
  /** By key and room, the latest joined last. */
  const people = new Map<string, Map<string, Member>>()
  const graceMs = { left: 0, closed: timing.closedGraceMs, lost: timing.lostGraceMs } satisfies Record<
    Departure,
    number
  >
  const guestGraceMs = { ...graceMs, lost: timing.lostGuestGraceMs }
  let frozen = false
  /** Nobody becomes idle before this time. */
  let idleFrom = -Infinity

  const find = (room: string, key: string) => people.get(key)?.get(room)
  const isGone = (room: string, key: string) => !find(room, key)?.connections.size
  const all = () => [...people.values()].flatMap((rooms) => [...rooms])

  return {
    /**
     * Counts a connection in. Returns the person as they were in this room before, under this or another name. `idle`: since when the
     * person is idle elsewhere, and so here: a connection that comes back by itself is no activity.
     */
    arrive(room: string, person: Present, connection: string, idle?: number): Present | undefined {
      const { key } = person
      const rooms = people.get(key) ?? new Map<string, Member>()
      const { activeAt = idle ?? clock.now() } = [...rooms.values()].at(0) ?? {}
      const known = rooms.get(room)
      known?.cancel?.()
      const connections = (known?.connections ?? new Set()).add(connection)
      const member: Member = { person, activeAt, connections, until: 0, cancel: null }
      updateIdle(room, member)
      rooms.delete(room)
      people.set(key, rooms.set(room, member))
      return known?.person
    },

    /** Takes a person out of the rooms they joined longest ago, down to the limit, and returns these. Their connections stay open. */
    limit: (key: string): Placed[] =>
      [...(people.get(key) ?? [])].slice(0, -PERSON_ROOMS_MAX).map(([room, member]) => forget(room, member)),

    /** Counts a connection out. The longest grace period of several connections counts; a person who left has none. */
    leave(room: string, key: string, connection: string, how: Departure) {
      const member = find(room, key)
      if (!member?.connections.delete(connection) || frozen) return
      const ms = (member.person.guest ? guestGraceMs : graceMs)[how]
      member.until = how === 'left' ? 0 : Math.max(member.until, clock.now() + ms)
      if (member.connections.size > 0) return
      if (how === 'left') return onDeparted(...forget(room, member))
      waitFor(room, member, member.until - clock.now())
    },

    /** The person was active. Returns where they look different now. */
    active(key: string): Placed[] {
      const activeAt = clock.now()
      return [...(people.get(key) ?? [])].flatMap(([room, member]) =>
        updateIdle(room, Object.assign(member, { activeAt }))
      )
    },

    /** Time has passed. Returns everyone who became idle. */
    tick(): Placed[] {
      const now = clock.now()
      if (now < idleFrom) return []
      const changed: Placed[] = []
      idleFrom = Infinity
      for (const rooms of people.values())
        for (const [room, member] of rooms) {
          const idleAt = member.activeAt + timing.idleAfterMs
          if (idleAt <= now) changed.push(...updateIdle(room, member))
          else idleFrom = Math.min(idleFrom, idleAt)
        }
      return changed
    },

    /** From now on nobody departs: the people are moving, and other leases will name them. */
    freeze() {
      frozen = true
      for (const [, member] of all()) member.cancel?.()
    },

    /** Removes everyone, and returns them. */
    clear: (): Placed[] => all().map(([room, member]) => forget(room, member)),

    find: (room: string, key: string): Present | undefined => find(room, key)?.person,
    /** No connection here stands behind this person. */
    isGone,
    isEmpty: (): boolean => people.size === 0,

    /** The rooms as the lease has them. */
    leaseRooms(namesInEveryRoom: boolean): LeaseRooms {
      const byRoom = new Map<string, Present[]>()
      for (const rooms of people.values())
        for (const [room, { person }] of rooms) getOrPut(byRoom, room, () => []).push(person)
      return leaseRooms(byRoom, namesInEveryRoom)
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

  function forget(room: string, { person, cancel }: Member): Placed {
    cancel?.()
    const rooms = people.get(person.key)
    rooms?.delete(room)
    if (rooms?.size === 0) people.delete(person.key)
    return [room, person]
  }

  /** Idle time is shown by the minute: it changes rarely enough to travel with what is written anyway. Returns the member if it changed. */
  function updateIdle(room: string, member: Member): Placed[] {
    const { person, activeAt } = member
    const idleAt = activeAt + timing.idleAfterMs
    const isIdle = clock.now() >= idleAt
    if (!isIdle) idleFrom = Math.min(idleFrom, idleAt)
    member.person = withIdle(person, isIdle ? Math.floor(activeAt / MINUTE_MS) * MINUTE_MS : undefined)
    return member.person === person ? [] : [[room, member.person]]
  }
}
