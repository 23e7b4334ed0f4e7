// Who is here, on all instances. Own people are written into this instance's lease and published on the bus; the others come from their
// instances' leases and messages. Each instance tells its own clients what became different in the view of all of them.
import type { Bus } from '../bus/messages.ts'
import type { Clock } from '../clock.ts'
import type { Present, RoomPeople } from '../contract.ts'
import { looksLike } from '../names.ts'
import { withOneMore } from './everyone.ts'
import type { Lease } from './lease.ts'
import { createLeaseWriter } from './lease-writer.ts'
import { createMembers, type Departure, type Placed } from './members.ts'
import { createOwnLease } from './own-lease.ts'
import { createPendingJoins, type Batch } from './pending-joins.ts'
import { createRemoteLeases, type PresenceMessage } from './remote-leases.ts'
import type { PresenceStore } from './store.ts'
import { presenceTiming, type PresenceTiming } from './timing.ts'
import { createView, type Difference } from './view.ts'

export type { Departure, PresenceTiming }
/** For this instance's own clients: who joined and who left. Totals are read with `view(room)` at delivery. */
export type PeopleChange = Difference
export type People = ReturnType<typeof createPeople>

export interface PeopleOptions {
  store: PresenceStore
  bus: Bus
  clock: Clock
  instance: string
  boot: string
  region: string
  timing?: Partial<PresenceTiming>
  onChange(change: PeopleChange): void
  /** Two instances gave one guest's key to two guests who came back at the same moment. This instance has to give its guest another. */
  onShared?(room: string, key: string): void
  /** Called once at the start of each outage of the store, and with whatever `onChange` throws. */
  onError?(cause: unknown): void
}

export function createPeople(options: PeopleOptions) {
  const { store, bus, clock, instance, boot, region } = options
  const timing = { ...presenceTiming, ...options.timing }
  const own = `${instance}:${boot}`
  const view = createView()
  const onError = (cause: unknown) => options.onError?.(cause)
  // While the store is unavailable or takes no writes, this instance cannot learn that a lost person is back elsewhere.
  const isCurrent = () => writer.sinceAnswer() <= timing.readMs + timing.retryMs
  const isSure = () => remote.soundFor() >= timing.lostHoldMs && isCurrent() && writer.sinceWritten() <= timing.provenMs
  const members = createMembers({ clock, timing, isSure, onDoubt: () => writer.renewSoon(), onDeparted })
  // Clients that only listen need a lease too, if an empty one: it shows what the store has forgotten or refuses to keep.
  const isNeeded = () => !members.isEmpty() || listeners > 0
  const lease = createOwnLease({ store, bus, clock, timing, members, isNeeded, instance, boot, region })
  const remote = createRemoteLeases({ view, clock, timing, instance, boot, onEnded: announceChanges })
  const calls = { isNeeded, write, read, onError }
  const writer = createLeaseWriter({ clock, timing, isFree: store.free ?? false, calls })
  const pending = createPendingJoins()
  /** Keys given to guests who came back, until they use them. */
  const inherited = new Map<string, number>()
  let emptySince = -Infinity
  let listeners = 0
  let isClosed = false
  /** No client was here lately to be told anything: the store's answer is taken over in silence. */
  let isCold = true

  const wasEmptyLong = () => clock.now() - emptySince >= timing.leaseMs

  return {
    /** Removes what earlier boots of this machine left, and reads all leases. Never throws; without the store it starts knowing nobody. */
    async start() {
      writer.change()
      await writer.settled()
    },

    /**
     * Counts a connection of a person into a room. Resolves when the own lease is written and the others are read, so that `view(room)`
     * is right for everyone and `onChange` was called; or when the store is unavailable, with what is known so far.
     */
    async arrive(room: string, person: Present, connection: string): Promise<void> {
      if (isClosed) return undefined
      if (!isNeeded()) isCold = wasEmptyLong()
      inherited.delete(person.key)
      const before = members.arrive(room, person, connection, view.find(room, person.key)?.idleSince)
      if (before?.name === person.name && before.guest === person.guest) {
        show([[room, members.find(room, person.key) ?? person]])
        return pending.batchOf(room, person.key)
      }
      lease.note(room, person.key, before)
      for (const [left, was] of members.limit(person.key)) departed(left, was)
      const shown = pending.add(room, person.key)
      if (writer.isWaiting()) showBatch(pending.take())
      writer.change()
      return shown
    },

    /** Counts a connection out. After a person's last one, a grace period begins, as long as `how` says; nobody is told about it. */
    leave: members.leave,

    /** Counts in a client that listens without being a person in a room. The returned function counts it out. */
    attend(): () => void {
      const isFirst = !isNeeded()
      if (isFirst) isCold = wasEmptyLong()
      listeners += 1
      if (isFirst) writer.change()
      let isHere = true
      return () => {
        if (isHere) listeners -= 1
        isHere = false
        emptied()
      }
    },

    /** The person was active. Anyone without activity for some minutes is shown as idle. */
    active(key: string) {
      show(members.active(key))
      announceChanges()
    },

    /** Whether a person is in a room, on any instance; unknown for people in a room that another lease has as a number only. */
    isHere: (room: string, key: string): boolean => (members.find(room, key) ?? view.find(room, key)) !== undefined,

    /** A room's people: everyone counted, the first 200 named. `arriving` is counted in if not written yet. */
    view(room: string, arriving?: Present): RoomPeople {
      const people = view.room(room)
      return arriving && !view.find(room, arriving.key) ? withOneMore(people, arriving) : people
    },

    /** A signed-in person who is here (or in a grace period) under this name, as names are compared, other than `exceptKey`. */
    named(name: string, exceptKey?: string): Present | undefined {
      const joining = pending.people().map(([room, key]) => members.find(room, key))
      const isNamed = (person?: Present) =>
        person && !person.guest && person.key !== exceptKey && looksLike(person.name, name)
      return joining.find(isNamed) ?? view.named(name, exceptKey)
    },

    /** The whole chat: distinct people, each in the region where they were last seen. */
    everywhere: view.everywhere,

    /** Takes in another instance's message; own ones are ignored. */
    onMessage(message: PresenceMessage) {
      if (remote.onMessage(message) === 'behind' && isNeeded()) void writer.read()
      announceChanges()
    },

    /** The key of a guest of that name in that room whose connection is moving or in a grace period, for the one who comes back; or null. */
    inherit(room: string, name: string): string | null {
      const now = clock.now()
      for (const [key, until] of inherited) if (until <= now) inherited.delete(key)
      const isInGrace = (key: string) => !members.find(room, key) || members.isInGrace(room, key)
      const left = view
        .waiting(room, name, (holder, key) => holder === own && isInGrace(key))
        .filter(({ key }) => !inherited.has(key) && isInGrace(key))
      // A random one: instances that admit guests of one name at the same moment should not all take the first.
      const key = left[Math.floor(Math.random() * left.length)]?.key ?? null
      if (key) inherited.set(key, now + timing.lostHoldMs)
      return key
    },

    /** Reads all leases unless that happened lately: an instance without clients does not read by itself. */
    async refresh() {
      if (writer.sinceAnswer() >= timing.readMs) await writer.read()
    },

    /**
     * Draining: marks the lease as moving and stops renewing it; its people leave it when another lease names them. Call it before
     * closing connections.
     */
    async move() {
      if (lease.isMoving()) return
      lease.move()
      members.freeze()
      view.move(own)
      announceChanges()
      const shown = pending.next()
      writer.stopRenewing()
      writer.change()
      await shown
    },

    /** Ends the own lease. A moving one expires by itself, so that its people have time to come back. */
    async close() {
      isClosed = true
      if (!lease.isMoving()) for (const [room, person] of members.clear()) departed(room, person)
      await writer.close({ last: !lease.isMoving() })
      showBatch(pending.take())
    },

    /** The leases were read just now: an arriving person sees everyone before their own arrival is written. */
    get current(): boolean {
      return !isCold && isCurrent()
    },
    /** The store has not answered lately, or has forgotten: some of the people shown are known from earlier only. */
    get stale(): boolean {
      return writer.failing || remote.stale
    }
  }

  function departed(room: string, person: Present) {
    lease.note(room, person.key, person)
    view.drop(own, room, person.key)
  }

  function onDeparted(room: string, person: Present) {
    departed(room, person)
    announceChanges()
    emptied()
    if (isNeeded()) writer.change()
  }

  function emptied() {
    if (isNeeded()) return
    emptySince = clock.now()
    writer.change()
  }

  async function write(renewing: boolean): Promise<boolean> {
    const asked = remote.mark()
    const batch = pending.take()
    show(members.tick())
    try {
      const written = await lease.write(renewing)
      if (written?.leases) merge(written.leases, asked, written.isRemembered)
      else if (written) remote.answered()
      return written !== null
    } catch (cause) {
      remote.failed()
      throw cause
    } finally {
      showBatch(batch)
    }
  }

  async function read(): Promise<void> {
    const asked = remote.mark()
    try {
      const leases = isNeeded() ? await store.leases() : await lease.probe()
      const isRemembered = lease.isRemembered(leases)
      merge(leases, asked, isRemembered)
      if (!isRemembered) writer.change()
    } catch (cause) {
      remote.failed()
      throw cause
    }
    announceChanges()
  }

  function merge(leases: Lease[], asked: number, isRemembered: boolean) {
    if (lease.adapt(leases)) writer.renewSoon()
    const cold = isNeeded() ? isCold : wasEmptyLong()
    if (!isRemembered) remote.forgotten()
    remote.merge(leases, { asked, cold })
    if (cold) for (const { room } of view.changes()) announce({ room, joined: [], left: [], changed: [] })
    isCold = false
  }

  /** Shows own people as they are now, except pending joins. */
  function show(people: Placed[]) {
    for (const [room, person] of people) if (view.isIn(own, room, person.key)) view.put(own, room, person)
  }

  function showBatch(batch: Batch) {
    for (const [room, key] of batch.people.values()) {
      const person = members.find(room, key)
      if (person) view.put(own, room, person)
    }
    announceChanges()
    batch.flush()
  }

  function announceChanges() {
    for (const change of view.changes()) announce(change)
    for (const [room, key] of view.shared(own)) clock.after(0, () => options.onShared?.(room, key))
  }

  /** An error of the listener must not count as an error of the store. */
  function announce(change: PeopleChange) {
    try {
      options.onChange(change)
    } catch (cause) {
      onError(cause)
    }
  }
}
