// The lease of this instance: what the store was told of its people, and what it was not told yet.
import { STORED_VERSION, type Present } from '../contract.ts'
import { LEASE_VERSION, type Lease, type PresenceStore } from './store.ts'
import type { Clock } from '../clock.ts'
import { differences, joined, note, type Before, type Difference } from './differences.ts'
import type { Bus } from '../bus/messages.ts'
import type { PresenceTiming } from './timing.ts'
import type { Roster } from './members.ts'

/** More people than this in one letter, and the others are asked to read instead. */
const LETTER_PEOPLE = 500
/** As short as a lease can be. */
const GLANCE_MS = 1

/** What the store answered to a write: all leases but for a release, and whether it remembered what it had confirmed. */
export interface Written {
  leases: Lease[] | null
  remembered: boolean
  /** There is nobody in what was written. */
  empty: boolean
}

export type OwnLease = ReturnType<typeof createOwnLease>

export function createOwnLease(options: {
  store: PresenceStore
  post: Bus
  clock: Clock
  timing: PresenceTiming
  roster: Roster
  /** Somebody is here, or hears who is: the lease has to live. */
  isNeeded(): boolean
  instance: string
  boot: string
  region: string
}) {
  const { store, post, clock, timing, roster, isNeeded, instance, boot, region } = options
  let unwritten: Before = new Map()
  /** An instance of an earlier build is there, which reads names in the room itself only. */
  let hasOldReaders = false
  /** The last version tried, and the last one the store has confirmed. */
  let version = 0
  let confirmed = 0
  /** The store holds this lease, as far as is known, and somebody minds. */
  let kept = false
  /** Nobody is in it, as far as the store has confirmed. */
  let empty = true
  /** An unanswered write may have been kept or not, or the store has forgotten: it must be told whatever it knows. */
  let unsure = false
  let swept = false
  /** When the lease ends for good. */
  let movingUntil: number | null = null
  let moveWritten = false

  return {
    /** To be called before somebody changes. */
    note(room: string, key: string, who: Present | undefined) {
      note(unwritten, room, key, who)
    },

    move() {
      movingUntil ??= clock.now() + timing.leaseMs
    },

    isMoving: (): boolean => movingUntil !== null,

    /** Looks at who else reads this lease. Returns whether it has to be written otherwise from now on. */
    meet(leases: Lease[]): boolean {
      const before = hasOldReaders
      hasOldReaders = leases.some((lease) => !isOwn(lease) && lease.v < LEASE_VERSION)
      return before !== hasOldReaders && !roster.isEmpty()
    },

    /** Whether the store still knows what it confirmed; if not, the next write tells it again. */
    isRemembered(leases: Lease[]): boolean {
      if (!kept || isOver() || leases.some((lease) => isOwn(lease) && lease.version >= confirmed)) return true
      unsure = true
      return false
    },

    /**
     * What the store holds, asked without a lease to keep: by one that ends at once, since a store that answers and takes nothing has
     * forgotten others, and only a write shows it.
     * @throws what the store throws
     */
    glance: (): Promise<Lease[]> => store.renew({ ...leaseOf(version), rooms: new Map() }, GLANCE_MS),

    /**
     * Tells the store, then the other instances. Null when there is nothing to tell; with `renewing` there always is while
     * the lease is needed. One that isn't any more is released.
     * @throws what the store throws: it is told next time
     */
    async write(renewing: boolean): Promise<Written | null> {
      const sent = unwritten
      const marking = movingUntil !== null && !moveWritten
      const changes = differences(sent, roster.who).filter(({ joined, left }) => joined.length + left.length > 0)
      const news = changes.length > 0 || unsure || marking
      const ending = !isNeeded() && swept
      if (ending ? !kept && !unsure : swept && kept && !news && !renewing) return null
      if (isOver()) return null
      unwritten = new Map()
      if (news) version++
      const trying = version
      try {
        const written = ending ? await release() : await renew(trying)
        unsure = false
        moveWritten ||= marking
        if (news) tell(changes, trying)
        confirmed = trying
        empty = written.empty
        return written
      } catch (cause) {
        unwritten = joined(sent, unwritten)
        unsure ||= news
        throw cause
      }
    }
  }

  function leaseOf(version: number) {
    return { v: LEASE_VERSION, instance, boot, region, version, moving: movingUntil !== null }
  }

  async function release(): Promise<Written> {
    await store.release(instance, boot)
    kept = false
    return { leases: null, remembered: true, empty: true }
  }

  async function renew(version: number): Promise<Written> {
    const rooms = roster.rooms(hasOldReaders)
    // Asked before the store is: who leaves while it answers is still in what was written, and has to be told next.
    const needed = isNeeded()
    const ms = movingUntil === null ? timing.leaseMs : movingUntil - clock.now()
    const leases = await store.renew({ ...leaseOf(version), rooms }, ms, { sweep: !swept })
    const remembered = !kept || leases.some((lease) => isOwn(lease) && lease.version >= confirmed)
    swept = true
    kept = needed
    return { leases, remembered, empty: rooms.size === 0 }
  }

  /** Crowds are told by the lease alone: their totals are sums, and follow with the next reading. */
  function tell(changes: Difference[], version: number) {
    const told = changes.filter(({ room }) => !roster.isCrowd(room))
    const size = told.reduce((sum, { joined, left }) => sum + joined.length + left.length, 0)
    const many = size > LETTER_PEOPLE
    const list = (part: 'joined' | 'left') =>
      many ? [] : told.flatMap((change) => change[part].map((who) => ({ room: change.room, who })))
    const moving = movingUntil !== null
    // A change that follows itself can't be applied by anybody.
    const since = many ? version : confirmed
    const [left, joined] = [list('left'), list('joined')]
    const whole = empty && !many && told.length === changes.length
    const change = { since, version, ...(whole && { first: true as const }), moving, left, joined }
    post.send({ v: STORED_VERSION, kind: 'presence', instance, boot, region, ...change })
  }

  /** It was on the move, and its time has passed. */
  function isOver() {
    return movingUntil !== null && clock.now() >= movingUntil
  }

  function isOwn(lease: Lease) {
    return lease.instance === instance && lease.boot === boot
  }
}
