// This instance's lease: what the store knows of its people, and what it does not know yet.
import type { Bus } from '../bus/messages.ts'
import type { Clock } from '../clock.ts'
import { STORED_VERSION, type Present } from '../contract.ts'
import { LEASE_VERSION, type Lease } from './lease.ts'
import type { Members } from './members.ts'
import type { PresenceStore } from './store.ts'
import type { PresenceTiming } from './timing.ts'
import { differences, joinIntervals, note, type Before, type Difference } from './view.ts'

/** One bus message names at most this many people; for more, the other instances read the store. */
const MESSAGE_PEOPLE = 500
/** The shortest lifetime of a lease. */
const PROBE_MS = 1

/** The store's answer to a write. */
export interface Written {
  /** All leases as they were before; null after a release. */
  leases: Lease[] | null
  /** The store still knew what it had confirmed. */
  isRemembered: boolean
}

/** `isNeeded`: somebody is here or listens, so the lease has to live. */
export function createOwnLease(options: {
  store: PresenceStore
  bus: Bus
  clock: Clock
  timing: PresenceTiming
  members: Members
  isNeeded(): boolean
  instance: string
  boot: string
  region: string
}) {
  const { store, bus, clock, timing, members, isNeeded, instance, boot, region } = options
  let unwritten: Before = new Map()
  /** An instance of the previous build reads this lease. */
  let hasOldReaders = false
  /** The last version tried, and the last one that the store confirmed. */
  let version = 0
  let confirmed = 0
  /** As far as the store has confirmed, it holds this lease; and nobody is in it. */
  let isStored = false
  let isEmpty = true
  /** An unanswered write may have taken effect, or the store has forgotten: the next write repeats everything. */
  let isUnsure = false
  let isSwept = false
  /** End of the lease for good, and whether the store knows that it is moving. */
  let movingUntil: number | null = null
  let isMoveWritten = false

  const isOwn = (lease: Lease) => lease.instance === instance && lease.boot === boot
  const isOver = () => movingUntil !== null && clock.now() >= movingUntil
  const isIn = (leases: Lease[]) => leases.some((lease) => isOwn(lease) && lease.version >= confirmed)
  const record = (version: number): Lease => ({
    v: LEASE_VERSION,
    instance,
    boot,
    region,
    version,
    moving: movingUntil !== null,
    rooms: new Map()
  })

  return {
    /** Call it before a person changes. */
    note: (room: string, key: string, person: Present | undefined) => note(unwritten, room, key, person),

    move() {
      movingUntil ??= clock.now() + timing.leaseMs
    },

    isMoving: (): boolean => movingUntil !== null,

    /** Takes note of who else reads this lease. Returns whether the lease has to be written in another form from now on. */
    adapt(leases: Lease[]): boolean {
      const before = hasOldReaders
      hasOldReaders = leases.some((lease) => !isOwn(lease) && lease.v < LEASE_VERSION)
      return before !== hasOldReaders && !members.isEmpty()
    },

    /** Whether the store still knows what it confirmed. If not, the next write repeats it. */
    isRemembered(leases: Lease[]): boolean {
      const isRemembered = !isStored || isOver() || isIn(leases)
      isUnsure ||= !isRemembered
      return isRemembered
    },

    /**
     * Reads the leases by writing one that expires at once: only a write shows that a store answers reads, takes no writes, and has
     * forgotten others. @throws what the store throws
     */
    probe: (): Promise<Lease[]> => store.renew(record(version), PROBE_MS),

    /**
     * Writes the lease, or releases it when it is no longer needed, then tells the other instances. Null when there is nothing to
     * write; with `renewing` there always is while the lease is needed.
     * @throws what the store throws; the next write repeats it
     */
    async write(renewing: boolean): Promise<Written | null> {
      const sent = unwritten
      const isMarking = movingUntil !== null && !isMoveWritten
      const changes = differences(sent, members.find).filter(({ joined, left }) => joined.length + left.length > 0)
      const hasNews = changes.length > 0 || isUnsure || isMarking
      const isEnding = !isNeeded() && isSwept
      if (isEnding ? !isStored && !isUnsure : isSwept && isStored && !hasNews && !renewing) return null
      if (isOver()) return null
      unwritten = new Map()
      if (hasNews) version++
      const trying = version
      try {
        const { isNowEmpty, ...written } = isEnding ? await release() : await renew(trying)
        isUnsure = false
        isMoveWritten ||= isMarking
        if (hasNews) publish(changes, trying)
        confirmed = trying
        isEmpty = isNowEmpty
        return written
      } catch (cause) {
        unwritten = joinIntervals(sent, unwritten)
        isUnsure ||= hasNews
        throw cause
      }
    }
  }

  async function release() {
    await store.release(instance, boot)
    isStored = false
    return { leases: null, isRemembered: true, isNowEmpty: true }
  }

  async function renew(version: number) {
    const rooms = members.leaseRooms(hasOldReaders)
    // Read before the call: anyone who leaves while the store answers is still in what was written, and has to be written next.
    const isWanted = isNeeded()
    const ms = movingUntil === null ? timing.leaseMs : movingUntil - clock.now()
    const leases = await store.renew({ ...record(version), rooms }, ms, { sweep: !isSwept })
    const isRemembered = !isStored || isIn(leases)
    isSwept = true
    isStored = isWanted
    return { leases, isRemembered, isNowEmpty: rooms.size === 0 }
  }

  /** Rooms that the lease has as a number only are left out: their totals follow with the next read. */
  function publish(changes: Difference[], version: number) {
    const listed = changes.filter(({ room }) => !members.isNumber(room))
    const size = listed.reduce((sum, { joined, left }) => sum + joined.length + left.length, 0)
    const isTooLong = size > MESSAGE_PEOPLE
    const list = (part: 'joined' | 'left') =>
      isTooLong ? [] : listed.flatMap((change) => change[part].map((who) => ({ room: change.room, who })))
    const isWhole = isEmpty && !isTooLong && listed.length === changes.length
    bus.send({
      v: STORED_VERSION,
      kind: 'presence',
      instance,
      boot,
      region,
      // No instance can apply a change that follows itself, so all of them read.
      since: isTooLong ? version : confirmed,
      version,
      ...(isWhole && { first: true as const }),
      moving: movingUntil !== null,
      left: list('left'),
      joined: list('joined')
    })
  }
}
