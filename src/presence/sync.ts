// Keeps the view in step with the leases of all instances: bus messages bring changes of the others at once, the store brings
// certainty. Decides when a missing lease means that its people are gone, and announces what became different. An own join is shown
// only after the next answer has been merged, so that every total sent with it is right.
import type { BusMessage } from '../bus/messages.ts'
import type { Present } from '../contract.ts'
import { idOf, placeOf, type Difference, type Lease } from './lease.ts'
import { createLeaseWriter } from './lease-writer.ts'
import type { Members, Placed } from './members.ts'
import { createOwnLease, type Answer, type InstanceParts } from './own-lease.ts'
import type { PresenceTiming } from './timing.ts'
import type { View } from './view.ts'

type PresenceMessage = Extract<BusMessage, { kind: 'presence' }>

/** A lease of another instance. */
interface Known {
  instance: string
  version: number
  /** The mark of the last news. An answer to a call made before it proves nothing against it. */
  mark: number
  /** `missing`: not in the store, which cannot be believed yet. `ending`: its machine has restarted, and its people are waited for. */
  state: 'live' | 'missing' | 'ending'
}

/** `isNeeded`: somebody is here or listens. `onChange`, `onShared`, `onError`: see `PeopleOptions`. */
export function createSync(
  options: InstanceParts & {
    timing: PresenceTiming
    members: Members
    view: View
    isNeeded(): boolean
    onChange(change: Difference): void
    onShared(room: string, key: string): void
    onError(cause: unknown): void
  }
) {
  const { clock, timing, members, view, isNeeded, onError, instance, boot } = options
  const own = idOf(options)
  const lease = createOwnLease(options)
  const leases = new Map<string, Known>()
  let marks = 0
  let emptySince = -Infinity
  /** No client was here lately to be informed of anything: the store's answer is taken over in silence. */
  let isCold = true
  /** Joins that are not shown yet, by place, with what resolves when they are. */
  const joins = new Map<string, { room: string; key: string; batch: typeof nextBatch }>()
  let nextBatch = Promise.withResolvers<void>()

  const writer = createLeaseWriter({ clock, timing, isNeeded, write, onError })
  const wasEmptyLong = () => clock.now() - emptySince >= timing.leaseMs
  const versionOf = (one: Pick<Lease, 'instance' | 'boot'>) => leases.get(idOf(one))?.version ?? 0
  const isCurrent = () => writer.sinceAnswer() <= timing.renewMs + timing.retryMs

  return {
    async start() {
      writer.change()
      await writer.settled()
    },

    /** Call it before the first person or listener is counted in. */
    populated() {
      isCold = wasEmptyLong()
    },

    /** Call it after somebody was counted in or out. */
    changed() {
      if (!isNeeded()) emptySince = clock.now()
      writer.change()
    },

    /** A person is new in a room, or under another name than `before`. Resolves when they are shown. */
    join(room: string, key: string, before: Present | undefined): Promise<void> {
      lease.note(room, key, before)
      const batch = nextBatch
      joins.set(placeOf(room, key), { room, key, batch })
      if (writer.isWaiting()) takeBatch()()
      writer.change()
      return batch.promise
    },

    /** Resolves when this person's join is shown; undefined when it is not pending. */
    pendingJoin: (room: string, key: string): Promise<void> | undefined => joins.get(placeOf(room, key))?.batch.promise,

    joining: (): Present[] => [...joins.values()].flatMap(({ room, key }) => members.find(room, key) ?? []),

    depart([room, person]: Placed) {
      lease.note(room, person.key, person)
      view.drop(own, room, person.key)
      announceChanges()
    },

    show,

    onMessage(message: PresenceMessage) {
      if (!apply(message) && isNeeded()) void writer.renew()
      announceChanges()
    },

    async refresh() {
      if (writer.sinceAnswer() >= timing.renewMs) await writer.renew()
    },

    /** Finds out whether the store takes writes. */
    renewSoon: writer.renewSoon,
    isMoving: lease.isMoving,
    understoodByAll: lease.understoodByAll,
    instances: (): number => 1 + [...leases.values()].filter(({ state }) => state === 'live').length,

    async move() {
      lease.move()
      view.move(own)
      announceChanges()
      const { promise } = nextBatch
      writer.change()
      await promise
    },

    async close() {
      await writer.close({ last: !lease.isMoving() })
      takeBatch()()
    },

    /** Whether this instance would know by now that a lost person is back on another one: the store answers, and it takes writes. */
    isSure: (): boolean => writer.soundFor() >= timing.lostGraceMs && writer.sinceAnswer() <= timing.provenMs,

    isCurrent: (): boolean => !isCold && isCurrent(),
    isStale: (): boolean => writer.isFailing() || [...leases.values()].some(({ state }) => state === 'missing')
  }

  async function write(isRenewing: boolean): Promise<boolean> {
    const asked = ++marks
    const showBatch = takeBatch()
    show(members.tick())
    try {
      const answer = await lease.write(isRenewing)
      if (answer) merge(answer, asked)
      return answer !== null
    } finally {
      showBatch()
    }
  }

  /**
   * Takes over what the store answered to the call marked `asked`. A missing lease is believed only from a store that has been sound
   * for a whole lease time, or if no client was here lately, unless the call before got no answer.
   */
  function merge({ leases: found, isRemembered }: Answer, asked: number) {
    if (lease.adapt(found)) writer.change()
    const cold = isNeeded() ? isCold : wasEmptyLong()
    if (!isRemembered) writer.forgotten()
    const isBelieved = cold ? !writer.isFailing() : writer.soundFor() >= timing.leaseMs
    const alive = found.filter(isAlive)
    for (const one of alive) {
      const version = versionOf(one)
      learn(one, Math.max(version, one.version))
      if (one.version >= version) view.replace(idOf(one), one)
    }
    const present = new Set(alive.map(idOf))
    for (const [id, known] of leases) {
      if (present.has(id) || known.mark > asked || known.state === 'ending') continue
      known.state = 'missing'
      if (!isBelieved) continue
      const hasRestarted = found.some((one) => one.instance === known.instance)
      if (hasRestarted && !cold) waitForPeople(id, known)
      else if (leases.delete(id)) view.end(id)
    }
    if (cold) for (const { room } of view.changes()) announce({ room, joined: [], left: [], changed: [] })
    isCold = false
  }

  /** Applies a change of another instance. False when a message before it was lost, and only reading the store helps. */
  function apply(message: PresenceMessage): boolean {
    const id = idOf(message)
    const version = versionOf(message)
    if (!isAlive(message) || message.version <= version) return true
    const isWhole = message.first === true && version === 0
    if (message.since !== version && !isWhole) return false
    if (version === 0) lease.doubt()
    learn(message, message.version)
    if (message.moving) view.move(id)
    for (const { room, who } of message.left) view.drop(id, room, who.key)
    for (const { room, who } of message.joined) view.put(id, room, who)
    return true
  }

  /** The own lease is not remote, and earlier boots of this machine are dead unless their people are still moving. */
  function isAlive(one: Pick<Lease, 'instance' | 'boot' | 'moving'>) {
    return one.instance !== instance || (one.boot !== boot && one.moving)
  }

  function learn(one: Pick<Lease, 'instance' | 'boot'>, version: number) {
    const id = idOf(one)
    const state = leases.get(id)?.state === 'ending' ? 'ending' : 'live'
    leases.set(id, { instance: one.instance, version, state, mark: ++marks })
  }

  /** The restarted machine swept its earlier lease: its people lost their connection just now and may be back in a moment. */
  function waitForPeople(id: string, known: Known) {
    known.state = 'ending'
    view.move(id)
    clock.after(timing.lostGraceMs, () => {
      if (leases.get(id)?.state === 'ending' && leases.delete(id)) view.end(id)
      announceChanges()
    })
  }

  /** Takes all joins so far. The returned function shows them. */
  function takeBatch(): () => void {
    const batch = nextBatch
    nextBatch = Promise.withResolvers()
    return () => {
      for (const [place, { room, key }] of [...joins].filter(([, join]) => join.batch === batch)) {
        joins.delete(place)
        const person = members.find(room, key)
        if (person) view.put(own, room, person)
      }
      announceChanges()
      batch.resolve()
    }
  }

  /** Shows own people as they are now, except pending joins. */
  function show(people: Placed[]) {
    for (const [room, person] of people) if (view.isIn(own, room, person.key)) view.put(own, room, person)
    announceChanges()
  }

  function announceChanges() {
    const shared = view.shared(own)
    for (const change of view.changes()) announce(change)
    for (const [room, key] of shared) clock.after(0, () => options.onShared(room, key))
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
