// Who is here, in all regions. Own people are written into this instance's lease and told by letter; the others come from their
// leases and letters. Every instance tells its own clients what became different in the union of all, however it learnt it.
import type { Present, RoomPeople, RoomTotals } from '../contract.ts'
import { looksLike } from '../names.ts'
import type { Lease, PresenceStore } from './store.ts'
import { createArrivals, type Flight } from './pending-joins.ts'
import type { Clock } from '../clock.ts'
import type { Difference } from './differences.ts'
import { createLeaseKeeper } from './lease-writer.ts'
import type { Bus } from '../bus/messages.ts'
import { createOwnLease } from './own-lease.ts'
import { presenceTiming, type PresenceTiming } from './timing.ts'
import { withOneMore } from './room-view.ts'
import { createRoster, type Departure } from './members.ts'
import { createUnion } from './view.ts'
import { createWorld, type PresenceMessage } from './remote-leases.ts'

export type { PresenceTiming } from './timing.ts'
export type { Departure } from './members.ts'

/**
 * For this instance's own clients: who came and who went; totals are read by `view(room)` at delivery. Somebody who took another
 * name is in both lists, and has left before joining. Both are empty when only the total of a crowd differs.
 */
export type PeopleChange = Difference

export interface PeopleOptions {
  store: PresenceStore
  post: Bus
  clock: Clock
  instance: string
  boot: string
  region: string
  timing?: Partial<PresenceTiming>
  onChange(change: PeopleChange): void
  /**
   * Two instances have taken one guest's key for two guests who came back to them at the same moment, and this one is to take
   * another, so that they are two.
   */
  onShared?(room: string, key: string): void
  /** Once at the start of each outage of the store, and whatever `onChange` throws. */
  onError?(cause: unknown): void
}

export interface People {
  /** Removes what earlier boots of this machine left, and reads the world. Never throws: without the store it starts knowing nobody. */
  start(): Promise<void>
  /**
   * Counts a connection of a person into a room. Resolves when the own lease was written and the world read, so that `view(room)`
   * is right for everybody and `onChange` has been called; or when the store is away: then the last known world stands.
   */
  arrive(room: string, who: Present, connection: string): Promise<void>
  /** Counts it out. After the person's last one they are waited for as long as `how` says; back by then, nobody hears anything. */
  leave(room: string, key: string, connection: string, how: Departure): void
  /** Counts a client that hears who is here without being anybody itself; the returned function counts it out. */
  attend(): () => void
  /** A person gave a sign of life: whoever gives none for some minutes is shown as idle. */
  active(key: string): void
  /** Whether a person is in a room, on this instance or, unless the room is crowded there, on another. */
  isHere(room: string, key: string): boolean
  /**
   * Who is in a room: everybody counted, the first 200 named. `arriving`: as it looks to somebody who has arrived there and may not
   * have been written yet.
   */
  view(room: string, arriving?: Present): RoomPeople
  /** A signed-in person present anywhere (or waited for) under this name, as names are compared, other than `exceptKey`. */
  named(name: string, exceptKey?: string): Present | undefined
  /** The whole chat: distinct people, each in the region where they were last seen. */
  everywhere(): RoomTotals
  /** Takes in another instance's letter. Own ones are ignored. */
  hear(letter: PresenceMessage): void
  /** The key of a guest of that name in that room whose connection is moving or just lost, for the one who comes back; or null. */
  inherit(room: string, name: string): string | null
  /** Reads the world if nobody has lately: with nobody here nobody does. For doors that ask who is here without anybody being so. */
  refresh(): Promise<void>
  /** Draining: the lease is marked, written once and no longer renewed; its people leave it when another names them. Call it before connections are closed. */
  move(): Promise<void>
  /** Ends the own lease, unless it is moving: then it ends by itself, when its people have had time to come back. */
  close(): Promise<void>
  /** The world was read just now: whoever arrives sees it rightly before their own arrival is written, which a storm may delay by a second. */
  readonly current: boolean
  /** The store hasn't answered lately, or has forgotten: some of those shown are known from earlier only. */
  readonly stale: boolean
}

export function createPeople(options: PeopleOptions): People {
  const { store, post, clock, instance, boot, region, onChange } = options
  const timing = { ...presenceTiming, ...options.timing }
  const own = `${instance}:${boot}`
  const union = createUnion()
  // While the store is away, or takes no more writes, nobody can be told that somebody lost here has come back there: they are
  // waited for until it could have been told.
  const isCurrent = () => keeper.sinceAnswer() <= timing.readMs + timing.retryMs
  const isSure = () => world.soundFor() >= timing.lostHoldMs && isCurrent() && keeper.sinceWritten() <= timing.provenMs
  const roster = createRoster({ clock, timing, isSure, onDoubt: () => keeper.renewSoon(), onDeparted })
  // Who only listens is told as truly as who is here. For that the instance needs a lease of its own, if an empty one: what the
  // store has forgotten or refuses to keep shows in what it was given.
  const isNeeded = () => !roster.isEmpty() || listeners > 0
  const lease = createOwnLease({ store, post, clock, timing, roster, isNeeded, instance, boot, region })
  const world = createWorld({ union, clock, timing, instance, boot, onPassed: tell })
  const onError = (cause: unknown) => options.onError?.(cause)
  const keeper = createLeaseKeeper({
    clock,
    timing,
    errands: { isFree: store.free ?? false, isNeeded, write, read, onError }
  })

  const arrivals = createArrivals()
  /** Keys given to guests who came back, until they use them. */
  const inherited = new Map<string, number>()
  let emptySince = -Infinity
  let listeners = 0
  let closed = false
  /** Nobody was here lately, so nobody was told anything: what the store says is taken over in silence. */
  let afresh = true

  return {
    async start() {
      keeper.change()
      await keeper.settled()
    },

    async arrive(room, who, connection) {
      if (closed) return undefined
      if (!isNeeded()) afresh = wasEmptyLong()
      inherited.delete(who.key)
      const before = roster.arrive(room, who, connection, union.who(room, who.key)?.idleSince)
      if (before?.name === who.name && before.guest === who.guest) {
        show([[room, roster.who(room, who.key) ?? who]])
        return arrivals.landingOf(room, who.key)
      }
      lease.note(room, who.key, before)
      for (const [left, was] of roster.limit(who.key)) leaves(left, was)
      const landed = arrivals.add(room, who.key)
      if (keeper.isAway()) land(arrivals.take())
      keeper.change()
      return landed
    },

    leave: roster.leave,

    attend() {
      if (!isNeeded()) {
        afresh = wasEmptyLong()
        listeners += 1
        keeper.change()
      } else listeners += 1
      let here = true
      return () => {
        if (here) listeners -= 1
        here = false
        if (isNeeded()) return
        emptySince = clock.now()
        keeper.change()
      }
    },

    active(key) {
      show(roster.touch(key))
      tell()
    },

    view(room, arriving) {
      const view = union.view(room)
      const all = arriving && !union.who(room, arriving.key) ? withOneMore(view, arriving) : view
      return roster.isCrowd(room) ? { ...all, about: true } : all
    },

    isHere: (room, key) => (roster.who(room, key) ?? union.who(room, key)) !== undefined,

    named(name, exceptKey) {
      return (
        arrivals
          .people()
          .map(([room, key]) => roster.who(room, key))
          .find((who) => who && !who.guest && who.key !== exceptKey && looksLike(who.name, name)) ??
        union.named(name, exceptKey)
      )
    },

    everywhere: union.everywhere,

    hear(letter) {
      if (world.hear(letter) === 'behind' && isNeeded()) void keeper.look()
      tell()
    },

    inherit(room, name) {
      const now = clock.now()
      for (const [key, until] of inherited) if (until <= now) inherited.delete(key)
      const isHeld = (key: string) => !roster.who(room, key) || roster.isHeld(room, key)
      const left = union
        .waiting(room, name, (holder, key) => holder === own && isHeld(key))
        .filter(({ key }) => !inherited.has(key) && isHeld(key))
      // Any of them: instances that welcome guests of one name at the same time should not all take the first.
      const key = left[Math.floor(Math.random() * left.length)]?.key ?? null
      if (key) inherited.set(key, now + timing.lostHoldMs)
      return key
    },

    async refresh() {
      if (keeper.sinceAnswer() >= timing.readMs) await keeper.look()
    },

    async move() {
      if (lease.isMoving()) return
      lease.move()
      roster.freeze()
      union.move(own)
      tell()
      const landed = arrivals.landed()
      keeper.stopRenewing()
      keeper.change()
      await landed
    },

    async close() {
      closed = true
      if (!lease.isMoving()) for (const [room, who] of roster.clear()) leaves(room, who)
      await keeper.close({ last: !lease.isMoving() })
      land(arrivals.take())
    },

    get current() {
      return !afresh && isCurrent()
    },
    get stale() {
      return keeper.failing || world.stale
    }
  }

  function leaves(room: string, who: Present) {
    lease.note(room, who.key, who)
    union.drop(own, room, who.key)
  }

  function onDeparted(room: string, who: Present) {
    leaves(room, who)
    tell()
    if (!isNeeded()) emptySince = clock.now()
    keeper.change()
  }

  /** Says what is so here and takes in what is so elsewhere, in one request. */
  async function write(renewing: boolean): Promise<boolean> {
    const asked = world.mark()
    const flight = arrivals.take()
    show(roster.turn())
    try {
      const written = await lease.write(renewing)
      if (written?.leases) absorb(written.leases, asked, written.remembered)
      else if (written) world.answered()
      return written !== null
    } catch (cause) {
      world.lose()
      throw cause
    } finally {
      land(flight)
    }
  }

  async function read(): Promise<void> {
    const asked = world.mark()
    try {
      const leases = isNeeded() ? await store.world() : await lease.glance()
      const remembered = lease.isRemembered(leases)
      absorb(leases, asked, remembered)
      if (!remembered) keeper.change()
    } catch (cause) {
      world.lose()
      throw cause
    }
    tell()
  }

  function absorb(leases: Lease[], asked: number, remembered: boolean) {
    if (lease.meet(leases)) keeper.renewSoon()
    const silent = isNeeded() ? afresh : wasEmptyLong()
    if (!remembered) world.forgotten()
    world.absorb({ leases, asked, afresh: silent })
    if (silent) for (const { room } of union.changes()) announce({ room, joined: [], left: [], changed: [] })
    afresh = false
  }

  /** Own people as they are now, those still on their way excepted. */
  function show(people: [room: string, who: Present][]) {
    for (const [room, who] of people) if (union.isHolding(own, room, who.key)) union.put(own, room, who)
  }

  function land(flight: Flight) {
    for (const [room, key] of flight.people.values()) {
      const who = roster.who(room, key)
      if (who) union.put(own, room, who)
    }
    tell()
    flight.land()
  }

  function tell() {
    for (const change of union.changes()) announce(change)
    for (const [room, key] of union.shared(own)) clock.after(0, () => options.onShared?.(room, key))
  }

  /** What a listener throws is its own trouble: neither the store's nor the process'. */
  function announce(change: PeopleChange) {
    try {
      onChange(change)
    } catch (cause) {
      onError(cause)
    }
  }

  function wasEmptyLong() {
    return clock.now() - emptySince >= timing.leaseMs
  }
}
