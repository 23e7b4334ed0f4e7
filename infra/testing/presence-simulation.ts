// Several instances in one process for the tests of presence: one store, a post between them, and what each told its own clients.
import type { Present } from '../../src/contract.ts'
import type { PresenceStore } from '../../src/presence/store.ts'
import { createPresenceMemory } from '../../src/presence/store.ts'
import { StoreUnavailable } from '../../src/errors.ts'
import { standingClock } from './standing-clock.ts'
import type { Clock } from '../../src/clock.ts'
import { readBusMessage, type BusMessage } from '../../src/bus/messages.ts'
import { presenceTiming, type PresenceTiming } from '../../src/presence/timing.ts'
import { createPeople, type PeopleChange, type PeopleOptions } from '../../src/presence/presence.ts'

export type Instance = ReturnType<ReturnType<typeof openSimulation>['instance']>

/** A store that can forget everything, as after FLUSHALL or a restart without files. */
export function forgetful(now: () => number) {
  let kept = createPresenceMemory(now)
  const store: PresenceStore = {
    renew: (...args) => kept.renew(...args),
    leases: () => kept.leases(),
    release: (...args) => kept.release(...args),
    close: () => kept.close()
  }
  return { ...store, forget: () => void (kept = createPresenceMemory(now)) }
}

/** A store that counts what it is asked, and can be slow, away, or heard by nobody. */
export function watched(store: PresenceStore, clock: Clock) {
  const asked: string[] = []
  let failing = false
  /** When the last outage ended, as the calls show. */
  let recoveredAt = -Infinity
  const door = {
    asked,
    away: false,
    /** It answers what is asked of it, and takes nothing more. */
    full: false,
    /** It does what is asked and the answer gets lost. */
    deaf: false,
    /** The last outage ended with a call just now: nobody had called since. */
    gaveUp: () => recoveredAt === clock.now(),
    /** Milliseconds a question takes to get there, and again its answer. */
    lag: () => 0,
    /** How many of one kind, or of all. */
    count: (kind?: string) => asked.filter((one) => !kind || one === kind).length,
    renew: (...args: Parameters<PresenceStore['renew']>) => ask('renew', () => store.renew(...args)),
    leases: () => ask('leases', () => store.leases()),
    release: (...args: Parameters<PresenceStore['release']>) => ask('release', () => store.release(...args)),
    close: () => store.close(),
    ...(store.free && { free: store.free })
  }
  async function ask<T>(kind: string, work: () => Promise<T>): Promise<T> {
    asked.push(kind)
    await pass(door.lag())
    const wasFailing = failing
    failing = true
    if (door.away || (door.full && kind === 'renew')) throw new StoreUnavailable('away')
    const answer = await work()
    await pass(door.lag())
    if (door.deaf) throw new StoreUnavailable('no answer')
    failing = false
    if (wasFailing) recoveredAt = clock.now()
    return answer
  }
  async function pass(ms: number) {
    if (ms > 0) await new Promise<void>((done) => void clock.after(ms, done))
  }
  return door
}

export function openSimulation({
  clock,
  makeStore,
  // Who arrives needn't wait for a clock that stands still.
  timing = { writeGapMs: 0 }
}: {
  clock: Clock
  makeStore(): PresenceStore
  timing?: PeopleOptions['timing']
}) {
  const listeners: ((letter: BusMessage) => void)[] = []
  let boots = 0
  const simulation = {
    /** Decides which letters get lost. */
    loses: (_letter: BusMessage): boolean => false,
    /** What clients were told and can't be. */
    faults: [] as string[],

    instance(name: string, options: { region?: string } = {}) {
      const region = options.region ?? 'here'
      const store = watched(makeStore(), clock)
      const told: PeopleChange[] = []
      const troubles: unknown[] = []
      /** Whom its clients see in the lobby, from what they are told. */
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
          send(letter) {
            if (dead || simulation.loses(letter)) return
            const wire = JSON.stringify(letter)
            clock.after(1, () => {
              const heard = readBusMessage(JSON.parse(wire))
              if (!heard) throw new Error(`unreadable letter ${wire}`)
              for (const listen of listeners) listen(heard)
            })
          },
          isReceiving: true,
          onMessage: () => {}
        },
        onChange(change) {
          if (dead) return
          if (change.room !== 'lobby') return
          told.push(change)
          // Only totals: what was read while nobody was here. Whoever comes now is given the whole list.
          if (change.left.length + change.joined.length === 0) {
            shown.clear()
            for (const { key, name } of people.view('lobby').people) shown.set(key, name)
          }
          for (const { key } of change.left) {
            if (!shown.delete(key)) simulation.faults.push(`${name} heard that ${key} left who was not here`)
          }
          for (const { key, name: called } of change.joined) {
            if (shown.has(key)) simulation.faults.push(`${name} heard that ${key} joined who was here`)
            shown.set(key, called)
          }
        },
        onError: (cause) => troubles.push(cause)
      })
      const hear = (letter: BusMessage) => {
        if (!dead && letter.kind === 'presence') people.onMessage(letter)
      }
      listeners.push(hear)
      return {
        people,
        store,
        told,
        shown: () => [...shown.values()].toSorted(),
        troubles,
        arrive: (who: Present, connection = who.key, room = 'lobby') => people.arrive(room, who, connection),
        count: (room = 'lobby') => people.view(room).count,
        joined: () => told.flatMap(({ joined }) => joined.map(({ name }) => name)),
        left: () => told.flatMap(({ left }) => left.map(({ name }) => name)),
        /** As by SIGKILL: no word, no renewal, nothing heard. */
        kill() {
          dead = true
          store.away = true
        }
      }
    }
  }
  return simulation
}

/** Presence that runs faster than life. */
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

/** The post is slower than the store here, but not by much. */
export const LETTER_MS = 5

/** A town whose time is moved by hand. */
export function standingSimulation() {
  const clock = standingClock()
  const memory = forgetful(clock.now)
  return { clock, memory, simulation: openSimulation({ clock, makeStore: () => memory }) }
}

/** Two instances that have known each other for a while: Ana is in the east, Bo in the west. */
export async function twoPlaces() {
  const all = standingSimulation()
  const [east, west] = [all.simulation.instance('east'), all.simulation.instance('west')]
  await started(east, west)
  await east.arrive(person('Ana'))
  await west.arrive(person('Bo'))
  await all.clock.advance(LETTER_MS)
  return { ...all, east, west }
}

export async function started(...instances: Instance[]) {
  for (const { people } of instances) await people.start()
}

/** Many people at once. */
export async function crowd(place: Instance, size: number, key = 'key') {
  await Promise.all(Array.from({ length: size }, (_, n) => place.arrive(person(`${key} ${n}`, `${key}-${n}`))))
}
