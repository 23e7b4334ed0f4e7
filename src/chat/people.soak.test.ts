import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createPresenceMemory } from '../storage/presence-memory.ts'
import { standingClock } from './clock.ts'
import { guest, openTown, person, type Instance } from './people.fixture.ts'
import { presenceTiming } from './presence-timing.ts'

const PLACES = ['east', 'west', 'south']
const NAMES = ['Ana', 'Bo', 'Cy', 'Dee', 'Gus', 'Hal']
const guests = new Set(['Gus', 'Hal'])
/** After this without faults everything is as it should be. */
const QUIET_MS = 3 * presenceTiming.leaseMs

const place = fc.integer({ min: 0, max: PLACES.length - 1 })
const name = fc.constantFrom(...NAMES)
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('arrive' as const), place, name }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('leave' as const),
      place,
      name,
      how: fc.constantFrom('said', 'closed', 'lost')
    })
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 8_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('away' as const), place, on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deaf' as const), place, on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose letters' as const), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), place }) }
)

it('whatever happens, in the end everybody everywhere sees exactly who is here, and nothing impossible was told', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      const clock = standingClock()
      const memory = createPresenceMemory(clock.now)
      const town = openTown({ clock, makeStore: () => memory })
      const instances = PLACES.map((name) => town.instance(name))
      for (const { people } of instances) await people.start()
      /** Names connected to each place. */
      const here = PLACES.map(() => new Set<string>())
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
            instance.people.leave('lobby', key, `${step.name} ${step.place}`, step.how as 'said')
            break
          }
          case 'wait':
            await clock.advance(step.ms)
            break
          case 'away':
          case 'deaf':
            at(step.place).instance.store[step.do] = step.on
            break
          case 'lose letters':
            town.loses = () => step.on
            break
          case 'forget':
            for (const { instance, boot } of await memory.world()) await memory.release(instance, boot)
            break
          case 'kill':
          case 'restart': {
            const { instance, names } = at(step.place)
            if (step.do === 'kill') instance.kill()
            else {
              const moved = instance.people.move()
              await clock.advance(1_000)
              await moved
              await instance.people.close()
              instance.kill()
            }
            names.clear()
            const fresh = town.instance(PLACES[step.place] as string)
            instances[step.place] = fresh
            await fresh.people.start()
            break
          }
          default:
            step satisfies never
        }
      }

      for (const { store } of instances) Object.assign(store, { away: false, deaf: false })
      town.loses = () => false
      await clock.advance(QUIET_MS)
      const truth = new Set(here.flatMap((names, n) => [...names].map((name) => whoIs(n, name).key)))
      for (const [n, { people, shown }] of instances.entries()) {
        if (here[n]?.size === 0) await people.refresh()
        expect(
          people
            .view('lobby')
            .people.map(({ key }) => key)
            .toSorted()
        ).toEqual([...truth].toSorted())
        expect(people.view('lobby').count).toBe(truth.size)
        expect(people.everywhere().count).toBe(truth.size)
        expect(people.stale).toBe(false)
        if (here[n]?.size)
          expect(shown()).toEqual(
            people
              .view('lobby')
              .people.map((who) => who.name)
              .toSorted()
          )
      }
      expect(town.faults).toEqual([])
    }),
    { numRuns: Number(process.env['SOAK_RUNS'] ?? 150) }
  )
})
