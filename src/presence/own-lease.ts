// This instance's lease: what the store knows of its people, and what it does not know yet.
import { noBus, type Bus } from '../bus/messages.ts'
import type { Clock } from '../clock.ts'
import { STORED_VERSION, type Present } from '../contract.ts'
import { differences, joinIntervals, LEASE_VERSION, note } from './lease.ts'
import type { Before, Difference, Lease, LeaseRooms } from './lease.ts'
import type { Members } from './members.ts'
import type { PresenceStore } from './store.ts'
import type { PresenceTiming } from './timing.ts'

/** One bus message names at most this many people; for more, the other instances read the store. */
const MESSAGE_PEOPLE = 500

/** What an instance is made of. */
export interface InstanceParts {
  store: PresenceStore
  bus: Bus
  clock: Clock
  instance: string
  boot: string
  region: string
}

/** All leases as the store had them. `isRemembered`: it still knew what it had confirmed. */
export interface Answer {
  leases: Lease[]
  isRemembered: boolean
}

/** `isNeeded`: somebody is here or listens, so the lease has to live. */
export function createOwnLease(
  options: InstanceParts & { timing: PresenceTiming; members: Members; isNeeded(): boolean }
) {
  const { store, bus, clock, timing, members, isNeeded, instance, boot, region } = options
  let unwritten: Before = new Map()
  /** The last version tried, and the last one that the store confirmed; what that one holds. */
  let version = 0
  let confirmed = 0
  let stored: LeaseRooms = new Map()
  /** As far as the store has confirmed, it holds this lease. */
  let isStored = false
  /** The next write repeats everything: one without an answer may have taken effect, or the store has forgotten. */
  let isUnsure = false
  let isSwept = false
  /** Builds of the other instances that have a lease. */
  let others: 'unknown' | 'this build' | 'some older' = 'unknown'
  /** End of the lease for good, once it is moving. */
  let movingUntil = Infinity

  const isMoving = () => movingUntil < Infinity
  const isOver = () => clock.now() >= movingUntil
  const isOwn = (lease: Lease) => lease.instance === instance && lease.boot === boot
  const isIn = (leases: Lease[]) => leases.some((lease) => isOwn(lease) && lease.version >= confirmed)

  return {
    /** Call it before a person changes. */
    note: (room: string, key: string, person: Present | undefined) => note(unwritten, room, key, person),

    /** Marks the lease as moving, at the next write, and lets it expire. */
    move() {
      movingUntil = Math.min(movingUntil, clock.now() + timing.leaseMs)
      isUnsure ||= isNeeded()
    },

    isMoving,

    /** Whether every other instance that has a lease is of this build. */
    understoodByAll: (): boolean => others === 'this build',

    /** Another instance has appeared, which may be of any build. */
    doubt: () => void (others = 'unknown'),

    /** Takes note of who else reads this lease. Returns whether it has to be written in another form from now on. */
    adapt(leases: Lease[]): boolean {
      const before = others
      others = leases.every((one) => isOwn(one) || one.v >= LEASE_VERSION) ? 'this build' : 'some older'
      const isOther = (before === 'some older') !== (others === 'some older') && !members.isEmpty()
      isUnsure ||= isOther
      return isOther
    },

    /**
     * Writes the lease, or ends it when it is no longer needed, then informs the other instances. Null when there is nothing to write;
     * with `isRenewing` there always is, because the answer contains the leases of the others. Without people too this is a write: a
     * store may answer reads, take no writes, and have forgotten others.
     * @throws what the store throws; the next write repeats it
     */
    async write(isRenewing: boolean): Promise<Answer | null> {
      const sent = unwritten
      const changes = differences(sent, members.find).filter(({ joined, left }) => joined.length + left.length > 0)
      const hasNews = changes.length > 0 || isUnsure
      // Known before the call: anyone who leaves while the store answers is still in what was written, and has to be written next.
      const isLiving = isNeeded() && !isOver()
      if (isSwept && isLiving === isStored && !hasNews && !isRenewing) return null
      unwritten = new Map()
      isUnsure = false
      if (hasNews) version++
      const trying = version
      // Without a bus nobody else reads it, and it would copy all people whenever somebody joins.
      const rooms = isLiving && bus !== noBus ? members.leaseRooms(others === 'some older') : new Map()
      // The first one keeps late writes of an earlier boot away, even without people.
      const ms = isLiving || !isSwept ? Math.min(timing.leaseMs, movingUntil - clock.now()) : 0
      const written: Lease = { v: LEASE_VERSION, instance, boot, region, version, moving: isMoving(), rooms }
      try {
        const leases = await store.renew(written, ms, { sweep: !isSwept })
        const isRemembered = !isStored || isOver() || isIn(leases)
        // Those for whom the lease was over read it again.
        if (hasNews || !isRemembered) publish(changes, rooms, trying)
        isSwept = true
        isStored = isLiving
        confirmed = trying
        stored = rooms
        return { leases, isRemembered }
      } catch (cause) {
        unwritten = joinIntervals(sent, unwritten)
        isUnsure ||= hasNews
        throw cause
      }
    }
  }

  /** Rooms that the lease has as a number only are left out: their totals follow with the next read. */
  function publish(changes: Difference[], rooms: LeaseRooms, trying: number) {
    const listed = changes.filter(({ room }) => rooms.get(room)?.count === rooms.get(room)?.keys.length)
    const size = listed.reduce((sum, { joined, left }) => sum + joined.length + left.length, 0)
    const isTooLong = size > MESSAGE_PEOPLE
    const list = (part: 'joined' | 'left') =>
      isTooLong ? [] : listed.flatMap((change) => change[part].map((who) => ({ room: change.room, who })))
    const isWhole = stored.size === 0 && !isTooLong && listed.length === changes.length
    bus.send({
      v: STORED_VERSION,
      kind: 'presence',
      instance,
      boot,
      region,
      // No instance can apply a change that follows itself, so all of them read.
      since: isTooLong ? trying : confirmed,
      version: trying,
      ...(isWhole && { first: true as const }),
      moving: isMoving(),
      left: list('left'),
      joined: list('joined')
    })
  }
}
