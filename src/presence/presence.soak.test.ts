import fc from 'fast-check'
import { expect, it } from 'vitest'
import { forgetful, guest, openSimulation, person, type Instance } from '../../infra/testing/presence-simulation.ts'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { presenceTiming } from './timing.ts'

const PLACES = ['east', 'west', 'south']
const NAMES = ['Ana', 'Bo', 'Cy', 'Dee', 'Gus', 'Hal']
const guests = new Set(['Gus', 'Hal'])
/** After this long without faults every view is right. */
const QUIET_MS = 3 * presenceTiming.leaseMs

/** One person never leaves, and her instance is never cut off alone: no instance may ever announce that she left. */
const ZOE = person('Zoe')
const HOME = 1

const place = fc.integer({ min: 0, max: PLACES.length - 1 })
const elsewhere = fc.constantFrom(0, 2)
const name = fc.constantFrom(...NAMES)
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('arrive' as const), place, name }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('leave' as const),
      place,
      name,
      how: fc.constantFrom('left', 'closed', 'lost')
    })
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 8_000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('unavailable' as const),
      place: fc.constantFrom(0, 2, 'all'),
      on: fc.boolean()
    })
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deaf' as const), place, on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose messages' as const), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), place: elsewhere }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), place: elsewhere }) }
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/**
 * After an outage, the store answered an empty instance's release and nothing else. The next read once showed leases that had ended long
 * ago as stale.
 */
const RELEASED_AFTER_AN_OUTAGE: [Step[], number[]] = [
  [
    { do: 'kill', place: 0 },
    { do: 'unavailable', place: 'all', on: true },
    { do: 'arrive', place: 2, name: 'Hal' },
    { do: 'leave', place: 2, name: 'Hal', how: 'left' },
    { do: 'wait', ms: 1 }
  ],
  [0]
]

/**
 * The instance stops calling a store that it cannot reach. Its next call, a probe, is the first that the store answers, without its
 * lease.
 */
const GAVE_UP_DURING_AN_OUTAGE: [Step[], number[]] = [
  [
    { do: 'arrive', place: 0, name: 'Dee' },
    { do: 'wait', ms: 1_000 },
    { do: 'unavailable', place: 0, on: true },
    { do: 'kill', place: 2 },
    { do: 'leave', place: 0, name: 'Dee', how: 'left' },
    { do: 'restart', place: 2 }
  ],
  [0]
]

/** Latency of the store, call by call. */
const lags = fc.array(fc.constantFrom(0, 1, 30, 200, 1_000), { minLength: 1, maxLength: 20 })

it('after any faults, every instance shows exactly the people who are here, and announced nothing impossible', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), lags, async (steps, lags) => {
      const clock = standingClock()
      const memory = forgetful(clock.now)
      const simulation = openSimulation({ clock, makeStore: () => memory })
      let questions = 0
      const lag = () => lags[(questions += 1) % lags.length] ?? 0
      const open = async (name: string, unavailable = false) => {
        const instance = simulation.instance(name)
        Object.assign(instance.store, { lag, unavailable })
        void instance.people.start()
        await clock.advance(5_000)
        return instance
      }
      const instances = [await open('east'), await open('west'), await open('south')]
      const all = [...instances]
      /** The instances that cannot reach the store: one, or all of them. */
      const cutOff = new Set<number | string>()
      const cut = () =>
        instances.forEach(({ store }, n) => Object.assign(store, { unavailable: cutOff.has('all') || cutOff.has(n) }))
      /** Names connected to each place. */
      const here = PLACES.map(() => new Set<string>())
      void instances[HOME]?.arrive(ZOE)
      const at = (n: number) => ({ instance: instances[n] as Instance, names: here[n] as Set<string> })
      // Signed-in people are the same everywhere; a guest is one connection to one place.
      const whoIs = (n: number, name: string) =>
        guests.has(name) ? guest(name, `${name} at ${n}`) : person(name, `key-${name}`)

      for (const step of steps) {
        switch (step.do) {
          case 'arrive': {
            const { instance, names } = at(step.place)
            names.add(step.name)
            void instance.arrive(whoIs(step.place, step.name), `${step.name} ${step.place}`)
            break
          }
          case 'leave': {
            const { instance, names } = at(step.place)
            names.delete(step.name)
            const { key } = whoIs(step.place, step.name)
            instance.people.leave('lobby', key, `${step.name} ${step.place}`, step.how)
            break
          }
          case 'wait':
            await clock.advance(step.ms)
            break
          case 'unavailable':
            if (step.on) cutOff.add(step.place)
            else cutOff.delete(step.place)
            cut()
            break
          case 'deaf':
            at(step.place).instance.store.deaf = step.on
            break
          case 'lose messages':
            simulation.loses = () => step.on
            break
          case 'forget':
            // An instance whose first person joins in these seconds cannot know that anything was forgotten.
            await clock.advance(presenceTiming.renewMs)
            memory.forget()
            await clock.advance(2 * presenceTiming.renewMs)
            break
          case 'kill':
          case 'restart': {
            const { instance, names } = at(step.place)
            if (step.do === 'kill') instance.kill()
            else {
              void instance.people.move().then(() => instance.people.close())
              await clock.advance(5_000)
              instance.kill()
            }
            names.clear()
            const fresh = await open(PLACES[step.place] as string, cutOff.has('all') || cutOff.has(step.place))
            instances[step.place] = fresh
            all.push(fresh)
            break
          }
          default:
            step satisfies never
        }
      }

      for (const { store } of instances) Object.assign(store, { unavailable: false, deaf: false, lag: () => 0 })
      simulation.loses = () => false
      await clock.advance(QUIET_MS)
      here[HOME]?.add('Zoe')
      const truth = new Set(here.flatMap((names, n) => [...names].map((name) => whoIs(n, name).key)))
      for (const [n, { people, store, keys }] of instances.entries()) {
        if (here[n]?.size === 0) await people.refresh()
        // An instance that gave up asking during an outage believes no absence until the store has answered for a lease time.
        if (people.isStale() && store.gaveUp()) {
          await clock.advance(presenceTiming.leaseMs)
          await people.refresh()
        }
        expect(keys()).toEqual([...truth].toSorted())
        expect(people.view('lobby').count).toBe(truth.size)
        expect(people.everywhere().count).toBe(truth.size)
        expect(people.isStale()).toBe(false)
      }
      for (const { names, shown } of instances.filter((_, n) => here[n]?.size)) expect(shown()).toEqual(names())
      expect(simulation.faults).toEqual([])
      expect(all.flatMap((instance) => instance.left()).filter((name) => name === 'Zoe')).toEqual([])
    }),
    { numRuns: Number(process.env['SOAK_RUNS'] ?? 150), examples: [RELEASED_AFTER_AN_OUTAGE, GAVE_UP_DURING_AN_OUTAGE] }
  )
})
