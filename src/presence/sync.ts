// Keeps the view in step with the store and the bus: writes own people and merges what the store answers, then announces what became
// different. A join is shown only after the next answer has been merged, so that every total sent with it is right.
import type { Bus } from '../bus/messages.ts'
import type { Clock } from '../clock.ts'
import type { Present } from '../contract.ts'
import type { Lease } from './lease.ts'
import { createLeaseWriter } from './lease-writer.ts'
import type { Members, Placed } from './members.ts'
import { createOwnLease } from './own-lease.ts'
import { createRemoteLeases, type PresenceMessage } from './remote-leases.ts'
import type { PresenceStore } from './store.ts'
import type { PresenceTiming } from './timing.ts'
import type { Difference, View } from './view.ts'

/** The joins that are shown together, by place. */
interface Batch {
  joins: Map<string, [room: string, key: string]>
  /** Resolves when they are shown. */
  shown: Promise<void>
  flush(): void
}

/** `isNeeded`: somebody is here or listens. */
export function createSync(options: {
  store: PresenceStore
  bus: Bus
  clock: Clock
  timing: PresenceTiming
  members: Members
  view: View
  isNeeded(): boolean
  instance: string
  boot: string
  region: string
  onChange(change: Difference): void
  onShared(room: string, key: string): void
  onError(cause: unknown): void
}) {
  const { store, clock, timing, members, view, isNeeded, instance, boot, onError } = options
  const own = `${instance}:${boot}`
  const lease = createOwnLease(options)
  const remote = createRemoteLeases({ view, clock, timing, instance, boot, onEnded: announceChanges })
  const calls = { isNeeded, write, read, onError }
  const writer = createLeaseWriter({ clock, timing, isFree: store.free ?? false, calls })
  let waiting = newBatch()
  const inFlight = new Set<Batch>()
  let emptySince = -Infinity
  /** No client was here lately to be told anything: the store's answer is taken over in silence. */
  let isCold = true

  const batches = () => [waiting, ...inFlight]
  const wasEmptyLong = () => clock.now() - emptySince >= timing.leaseMs
  const isCurrent = () => writer.sinceAnswer() <= timing.readMs + timing.retryMs

  return {
    async start() {
      writer.change()
      await writer.settled()
    },

    /** Call it before the first person or listener is counted in. */
    populated() {
      isCold = wasEmptyLong()
    },

    /** Call it after somebody was counted out. */
    emptied() {
      if (!isNeeded()) emptySince = clock.now()
      writer.change()
    },

    changed: () => writer.change(),
    renewSoon: () => writer.renewSoon(),

    /** A person is new in a room, or under another name than `before`. Resolves when they are shown. */
    join(room: string, key: string, before: Present | undefined): Promise<void> {
      lease.note(room, key, before)
      waiting.joins.set(placeOf(room, key), [room, key])
      const { shown } = waiting
      if (writer.isWaiting()) showBatch(takeBatch())
      writer.change()
      return shown
    },

    /** Resolves when this person's join is shown; undefined when it is not pending. */
    pendingJoin: (room: string, key: string): Promise<void> | undefined =>
      batches().find(({ joins }) => joins.has(placeOf(room, key)))?.shown,

    joining: (): Present[] =>
      batches().flatMap(({ joins }) => [...joins.values()].flatMap(([room, key]) => members.find(room, key) ?? [])),

    depart(room: string, person: Present) {
      lease.note(room, person.key, person)
      view.drop(own, room, person.key)
    },

    show,
    announceChanges,

    onMessage(message: PresenceMessage) {
      if (remote.onMessage(message) === 'behind' && isNeeded()) void writer.read()
      announceChanges()
    },

    async refresh() {
      if (writer.sinceAnswer() >= timing.readMs) await writer.read()
    },

    isMoving: lease.isMoving,

    async move() {
      lease.move()
      view.move(own)
      announceChanges()
      const { shown } = waiting
      writer.stopRenewing()
      writer.change()
      await shown
    },

    async close() {
      await writer.close({ last: !lease.isMoving() })
      showBatch(takeBatch())
    },

    /** Whether this instance would know by now that a lost person is back on another one: the store answers, and it takes writes. */
    isSure: (): boolean =>
      remote.soundFor() >= timing.lostHoldMs && isCurrent() && writer.sinceWritten() <= timing.provenMs,

    isCurrent: (): boolean => !isCold && isCurrent(),
    isStale: (): boolean => writer.failing || remote.stale
  }

  async function write(renewing: boolean): Promise<boolean> {
    const asked = remote.mark()
    const batch = takeBatch()
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

  function takeBatch(): Batch {
    const batch = waiting
    waiting = newBatch()
    inFlight.add(batch)
    void batch.shown.then(() => inFlight.delete(batch))
    return batch
  }

  function showBatch({ joins, flush }: Batch) {
    for (const [room, key] of joins.values()) {
      const person = members.find(room, key)
      if (person) view.put(own, room, person)
    }
    announceChanges()
    flush()
  }

  /** Shows own people as they are now, except pending joins. */
  function show(people: Placed[]) {
    for (const [room, person] of people) if (view.isIn(own, room, person.key)) view.put(own, room, person)
  }

  function announceChanges() {
    for (const change of view.changes()) announce(change)
    for (const [room, key] of view.shared(own)) clock.after(0, () => options.onShared(room, key))
  }

  /** An error of the listener must not count as an error of the store. */
  function announce(change: Difference) {
    try {
      options.onChange(change)
    } catch (cause) {
      onError(cause)
    }
  }
}

function newBatch(): Batch {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { joins: new Map(), shown: promise, flush: resolve }
}

const placeOf = (room: string, key: string) => `${room} ${key}`
