// Several instances in one process for the tests of presence: one store, a bus between them, and what each announced to its clients.
import type { Present } from '../../src/contract.ts'
import { LEASE_VERSION, type Lease } from '../../src/presence/lease.ts'
import type { PresenceStore } from '../../src/presence/store.ts'
import { createPresenceMemory } from '../../src/presence/store.ts'
import { StoreUnavailable } from '../../src/errors.ts'
import { standingClock } from './standing-clock.ts'
import type { Clock } from '../../src/clock.ts'
import { readBusMessage, type BusMessage } from '../../src/bus/messages.ts'
import { presenceTiming, type PresenceTiming } from '../../src/presence/timing.ts'
import { createPeople, type PeopleChange, type PeopleOptions } from '../../src/presence/presence.ts'

export type Instance = ReturnType<ReturnType<typeof openSimulation>['instance']>

const ended = (instance: string, boot: string): Lease => ({
  v: LEASE_VERSION,
  instance,
  boot,
  region: 'here',
  version: Number.MAX_SAFE_INTEGER,
  moving: false,
  rooms: new Map()
})
export const endLease = (store: PresenceStore, instance: string, boot: string) => store.renew(ended(instance, boot), 0)
/** Every live lease. The reader's own ends as it is written. */
export const leasesIn = (store: PresenceStore) => endLease(store, 'reader', 'one')

/** A store that can forget everything, as after FLUSHALL or a restart without files. */
export function forgetful(now: () => number) {
  let memory = createPresenceMemory(now)
  const store: PresenceStore = {
    renew: (...args) => memory.renew(...args),
    close: () => memory.close()
  }
  return { ...store, forget: () => void (memory = createPresenceMemory(now)) }
}

/** A store that records its calls, and can be slow, unavailable, or lose its answers. */
export function watched(store: PresenceStore, clock: Clock) {
  const asked: string[] = []
  let failing = false
  /** When the last outage ended, as the calls show. */
  let recoveredAt = -Infinity
  const watchedStore = {
    asked,
    unavailable: false,
    /** Calls take effect, and their answers are lost. */
    deaf: false,
    /** The call that ended the last outage was made just now. */
    gaveUp: () => recoveredAt === clock.now(),
    /** Milliseconds that a call takes in each direction. */
    lag: () => 0,
    /** The number of calls, of one kind or of all. */
    count: (kind?: string) => asked.filter((one) => !kind || one === kind).length,
    renew: (...args: Parameters<PresenceStore['renew']>) =>
      ask(args[1] > 0 ? 'renew' : 'end', () => store.renew(...args)),
    close: () => store.close()
  }
  async function ask<T>(kind: string, work: () => Promise<T>): Promise<T> {
    asked.push(kind)
    await pass(watchedStore.lag())
    const wasFailing = failing
    failing = true
    if (watchedStore.unavailable) throw new StoreUnavailable('unavailable')
    const answer = await work()
    await pass(watchedStore.lag())
    if (watchedStore.deaf) throw new StoreUnavailable('no answer')
    failing = false
    if (wasFailing) recoveredAt = clock.now()
    return answer
  }
  async function pass(ms: number) {
    if (ms > 0) await new Promise<void>((done) => void clock.after(ms, done))
  }
  return watchedStore
}

export function openSimulation({
  clock,
  makeStore,
  // Without write ticks, joins resolve while the clock stands still.
  timing = { writeGapMs: 0 }
}: {
  clock: Clock
  makeStore(): PresenceStore
  timing?: PeopleOptions['timing']
}) {
  const listeners: ((message: BusMessage) => void)[] = []
  let boots = 0
  const simulation = {
    /** Decides which messages are lost. */
    loses: (_letter: BusMessage): boolean => false,
    /** Announcements that contradict earlier ones. */
    faults: [] as string[],

    instance(name: string, options: { region?: string } = {}) {
      const region = options.region ?? 'here'
      const store = watched(makeStore(), clock)
      const announced: PeopleChange[] = []
      const errors: unknown[] = []
      /** The lobby's people as its clients know them from the announcements. */
      const shown = new Map<string, string>()
      let dead = false
      const people = createPeople({
        store,
        clock,
        instance: name,
        boot: `boot${(boots += 1)}`,
        region,
        timing,
        bus: {
          send(message) {
            if (dead || simulation.loses(message)) return
            const text = JSON.stringify(message)
            clock.after(1, () => {
              const received = readBusMessage(JSON.parse(text))
              if (!received) throw new Error(`unreadable message ${text}`)
              for (const listen of listeners) listen(received)
            })
          },
          isReceiving: true,
          onMessage: () => {}
        },
        onChange(change) {
          if (dead) return
          if (change.room !== 'lobby') return
          announced.push(change)
          // Only totals changed, while nobody was here. A client that connects now gets the whole list.
          if (change.left.length + change.joined.length === 0) {
            shown.clear()
            for (const { key, name } of people.view('lobby').people) shown.set(key, name)
          }
          for (const { key } of change.left) {
            if (!shown.delete(key)) simulation.faults.push(`${name} announced that ${key} left who was not here`)
          }
          for (const { key, name: called } of change.joined) {
            if (shown.has(key)) simulation.faults.push(`${name} announced that ${key} joined who was here`)
            shown.set(key, called)
          }
        },
        onError: (cause) => errors.push(cause)
      })
      const receive = (message: BusMessage) => {
        if (!dead && message.kind === 'presence') people.onMessage(message)
      }
      listeners.push(receive)
      return {
        people,
        store,
        announced,
        shown: () => [...shown.values()].toSorted(),
        errors,
        arrive: (who: Present, connection = who.key, room = 'lobby') => people.arrive(room, who, connection),
        count: (room = 'lobby') => people.view(room).count,
        names: (room = 'lobby') =>
          people
            .view(room)
            .people.map(({ name }) => name)
            .toSorted(),
        keys: (room = 'lobby') =>
          people
            .view(room)
            .people.map(({ key }) => key)
            .toSorted(),
        joined: () => announced.flatMap(({ joined }) => joined.map(({ name }) => name)),
        left: () => announced.flatMap(({ left }) => left.map(({ name }) => name)),
        /** Like SIGKILL: it publishes nothing, renews nothing, receives nothing. */
        kill() {
          dead = true
          store.unavailable = true
        }
      }
    }
  }
  return simulation
}

/** All intervals of presence divided by a number. */
export function faster(times: number): PresenceTiming {
  const quick = Object.fromEntries(Object.entries(presenceTiming).map(([name, ms]) => [name, ms / times]))
  return { ...presenceTiming, ...quick }
}

export function guest(name: string, key = `key-${name}`, region = 'here'): Present {
  return { key, name, guest: true, region }
}
export function person(name: string, key = `key-${name}`, region = 'here'): Present {
  return { key, name, guest: false, region }
}

/** Time until a message has arrived: the bus is a little slower than the store here. */
export const MESSAGE_MS = 5

/** A simulation whose clock tests move. */
export function standingSimulation() {
  const clock = standingClock()
  const memory = forgetful(clock.now)
  return { clock, memory, simulation: openSimulation({ clock, makeStore: () => memory }) }
}

/** Two started instances without people. */
export async function eastAndWest(regions = { east: 'here', west: 'here' }) {
  const all = standingSimulation()
  const east = all.simulation.instance('east', { region: regions.east })
  const west = all.simulation.instance('west', { region: regions.west })
  await started(east, west)
  return { ...all, east, west }
}

/** Two instances that know each other: Ana is on the east one, Bo on the west one. */
export async function twoInstances() {
  const all = await eastAndWest()
  await all.east.arrive(person('Ana'))
  await all.west.arrive(person('Bo'))
  await all.clock.advance(MESSAGE_MS)
  return all
}

export async function started(...instances: Instance[]) {
  for (const { people } of instances) await people.start()
}

/** Many people who join at once. */
export async function crowd(place: Instance, size: number, key = 'key') {
  await Promise.all(Array.from({ length: size }, (_, n) => place.arrive(person(`${key} ${n}`, `${key}-${n}`))))
}
