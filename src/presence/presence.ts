// Who is here, on all instances. This instance writes its own people into its lease and publishes them on the bus, takes in the leases
// and messages of the others, and informs its own clients of what became different in the view of all of them.
import type { Present } from '../contract.ts'
import { looksLike } from '../names.ts'
import { idOf, type Difference } from './lease.ts'
import { createMembers, type Departure } from './members.ts'
import type { InstanceParts } from './own-lease.ts'
import { createSync } from './sync.ts'
import { presenceTiming, type PresenceTiming } from './timing.ts'
import { createView } from './view.ts'

export type { Departure, PresenceTiming }
/** For this instance's own clients: who joined and who left. Totals are read with `view(room)` at delivery. */
export type PeopleChange = Difference
export type People = ReturnType<typeof createPeople>

export interface PeopleOptions extends InstanceParts {
  timing?: Partial<PresenceTiming>
  onChange(change: PeopleChange): void
  /** Two instances gave one guest's key to two guests who came back at the same moment. This instance has to give its guest another. */
  onShared?(room: string, key: string): void
  /** Called once at the start of each outage of the store, and with whatever `onChange` throws. */
  onError?(cause: unknown): void
}

export function createPeople({ onShared = () => {}, onError = () => {}, ...options }: PeopleOptions) {
  const timing = { ...presenceTiming, ...options.timing }
  const own = idOf(options)
  const view = createView()
  const members = createMembers({
    clock: options.clock,
    timing,
    isSure: () => sync.isSure(),
    onDoubt: () => sync.renewSoon(),
    onDeparted(...placed) {
      sync.depart(placed)
      sync.changed()
    }
  })
  let listeners = 0
  // Clients that only listen need a lease too, if an empty one: it shows what the store has forgotten or refuses to keep.
  const isNeeded = () => !members.isEmpty() || listeners > 0
  const sync = createSync({ ...options, timing, members, view, isNeeded, onShared, onError })
  let isClosed = false

  return {
    /** Removes what earlier boots of this machine left, and reads all leases. Never throws; without the store it starts knowing nobody. */
    start: sync.start,

    /**
     * Counts a connection of a person into a room. Resolves when the own lease is written and the others are read, so that `view(room)`
     * is right for everyone and `onChange` was called; or when the store is unavailable, with what is known so far.
     */
    async arrive(room: string, person: Present, connection: string): Promise<void> {
      if (isClosed) return
      const { key } = person
      if (!isNeeded()) sync.populated()
      const before = members.arrive(room, person, connection, view.find(room, key)?.idleSince)
      if (before?.name === person.name && before.guest === person.guest) {
        sync.show([[room, members.find(room, key) ?? person]])
        return sync.pendingJoin(room, key)
      }
      members.limit(key).forEach(sync.depart)
      return sync.join(room, key, before)
    },

    /** Counts a connection out. After a person's last one, a grace period begins, as long as `how` says; nobody is informed of it. */
    leave: members.leave,

    /** Counts in a client that listens without being a person in a room. The returned function counts it out. */
    attend(): () => void {
      if (!isNeeded()) sync.populated()
      listeners += 1
      sync.changed()
      let counted = 1
      return () => {
        listeners -= counted
        counted = 0
        if (!isNeeded()) sync.changed()
      }
    },

    /** The person was active. Anyone without activity for some minutes is shown as idle. */
    active: (key: string): void => sync.show(members.active(key)),

    /** Whether a person is in a room, on any instance; unknown for people in a room that another lease has as a number only. */
    isHere: (room: string, key: string): boolean => (members.find(room, key) ?? view.find(room, key)) !== undefined,

    /** Whether a person is here and not idle, at any instance. */
    isActive(key: string): boolean {
      const person = view.person(key)
      return person !== undefined && person.idleSince === undefined
    },

    /** Whether a person is at another instance too; and whether at this one alone. */
    isElsewhere: (key: string): boolean => view.leasesOf(key).some((lease) => lease !== own),
    isOnlyHere: (key: string): boolean => view.leasesOf(key).join() === own,

    /** A room's people: everyone counted, the first 200 named. `arriving` is counted in if not written yet. */
    view: view.room,

    /** How many people a room has, without their names. */
    totals: view.totals,

    /** A signed-in person who is here (or in a grace period) under this name, as names are compared, other than `exceptKey`. */
    named(name: string, exceptKey?: string): Present | undefined {
      const isSame = ({ guest, key, ...one }: Present) => !guest && key !== exceptKey && looksLike(one.name, name)
      return sync.joining().find(isSame) ?? view.named(name, exceptKey)
    },

    /** The whole chat: distinct people, each in the region where they were last seen. */
    everywhere: view.everywhere,

    /** Whether all other instances with clients understand all that this build does (`LEASE_VERSION`). */
    understoodByAll: sync.understoodByAll,

    /** How many instances have clients, as far as this one knows; itself included. */
    instances: sync.instances,

    /** Takes in another instance's message; own ones are ignored. */
    onMessage: sync.onMessage,

    /** For a guest who comes back: the key of a guest of that name there who is moving or in a grace period, until they arrive; or null. */
    inherit(room: string, name: string): string | null {
      const free = view.waiting(room, name, own, (key) => members.isGone(room, key))
      // A random one: instances that admit guests of one name at the same moment should not all take the first.
      return free[Math.floor(Math.random() * free.length)]?.key ?? null
    },

    /** Reads all leases unless that happened lately: an instance without clients does not read by itself. */
    refresh: sync.refresh,

    /** Draining: marks the lease as moving; its people leave it when another lease names them. Call it before closing connections. */
    async move() {
      if (sync.isMoving()) return
      members.freeze()
      await sync.move()
    },

    /** Ends the own lease. A moving one expires by itself, so that its people have time to come back. */
    async close() {
      isClosed = true
      if (!sync.isMoving()) members.clear().forEach(sync.depart)
      await sync.close()
    },

    /** The leases were read just now: an arriving person sees everyone before their own arrival is written. */
    isCurrent: sync.isCurrent,

    /** The store has not answered lately, or has forgotten: some of the people shown are known from earlier only. */
    isStale: sync.isStale
  }
}
