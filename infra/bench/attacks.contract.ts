// A short form of every attack, one after another on one server with a 256 MB heap: nobody but the attacker is refused anything.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAttacked, type AttackedServer, type StoreKind } from './attacks/attacked-server.ts'
import type { Outcomes } from './attacks/attacker.ts'
import { ORDINARY } from './attacks/measure.ts'
import {
  ACK_PROMISE_MS,
  HEALTH_PROMISE_MS,
  p99,
  slownessOf,
  startOrdinary,
  type Experience
} from './attacks/ordinary.ts'
import { attacks } from './attacks/programs.ts'
import { runAttacks } from './attacks/run.ts'

const RESIDENT_MAX_BYTES = 500_000_000
/** An attack ends when it was refused something, which takes long on a busy machine. */
const LASTS_MS = [200, 6_000] as const
const STARTS_WITHIN_MS = 60_000
const RECOVERS_WITHIN_MS = 15_000
const RATE_BURST = 30
const RATE_PER_SECOND = 20
/** The budget of an address is so many times a person's. */
const ADDRESS_SHARE = 10
/** One server for all attacks: small limits on connections and history, and a full lobby. */
const SHARED = {
  env: {
    HISTORY_LIMIT: '1000',
    RATE_BURST: `${RATE_BURST}`,
    RATE_PER_SECOND: `${RATE_PER_SECOND}`,
    CONNECTIONS_MAX: '300',
    CONNECTIONS_PER_ADDRESS: '200',
    MODERATOR_TOKEN: 'a token that nobody guesses in a test'
  },
  prepare: { rooms: 300, messages: 600, messageBytes: 15_900, reactingPeople: 120 }
}

interface Result {
  outcomes: Outcomes
  experience: Experience
  historyKept: boolean
  alive: boolean
}

export function attacksContract(store: StoreKind, names = Object.keys(attacks)): void {
  describe(`attacks on a ${store} server`, () => {
    const results = new Map<string, Result>()
    let server: AttackedServer
    let recoveredS: number | null
    beforeAll(
      async () => {
        server = await startAttacked(store, SHARED)
        const ordinary = await startOrdinary(server.url, ORDINARY)
        let notes: Promise<unknown> = Promise.resolve()
        // Every attack comes from an address of its own, so that none is stopped by what another has spent.
        const chosen = names.map((name, nth) => ({ name, from: `127.0.1.${nth + 1}` }))
        await runAttacks(server.url, LASTS_MS, chosen, (name, outcomes) => {
          const historyKept = ordinary.historyKept()
          const experience = ordinary.nextPhase()
          const note = async () => {
            const alive = server.isAlive()
            results.set(name, { outcomes, historyKept: await historyKept, experience: await experience, alive })
          }
          notes = Promise.all([notes, note()])
        })
        await notes
        recoveredS = await ordinary.recovered(RECOVERS_WITHIN_MS, server.isAlive)
        await ordinary.stop()
      },
      STARTS_WITHIN_MS + names.length * LASTS_MS[1]
    )
    afterAll(() => server.stop())

    const resultOf = (name: string) => {
      const result = results.get(name)
      if (!result) throw new Error(`${name} did not end`)
      return result
    }

    it.each(names)('%s: the server lives, and an ordinary person loses nothing', (name) => {
      const { alive, experience, historyKept } = resultOf(name)
      expect({ alive, historyKept, refused: experience.refused, turnedAway: experience.turnedAway }).toEqual({
        alive: true,
        historyKept: true,
        refused: [],
        turnedAway: 0
      })
    })

    it.each(names.filter((name) => !attacks[name]?.isAllowed))('%s: the attacker is refused', (name) => {
      const { ok, refused, lost, ms } = resultOf(name).outcomes
      // On a busy machine an attacker may be too slow to reach any limit.
      const isWithinLimits = ms > LASTS_MS[1] && ok < ADDRESS_SHARE * (RATE_BURST + (RATE_PER_SECOND * ms) / 1_000)
      expect({ ok, isStopped: refused + lost > 0 || isWithinLimits }).toEqual({ ok, isStopped: true })
    })

    it('afterwards everything is as before, memory was bounded, and no fault was logged', () => {
      const { resident, heap } = server.memory()
      const all = [...results.values()].map(({ experience }) => experience)
      const acks = p99(all.flatMap((experience) => experience.acks))
      const health = p99(all.flatMap((experience) => experience.health))
      const slowness = slownessOf({ slowdown: all.flatMap(({ slowdown }) => slowdown) })
      console.log(
        `${names.length} attacks on a ${store} server: acknowledged in ${acks.toFixed(0)} ms (p99, promise ${ACK_PROMISE_MS}), ` +
          `/health/live ${health.toFixed(0)} ms (promise ${HEALTH_PROMISE_MS}), on a machine ${slowness.toFixed(1)} times slower than alone, ` +
          `${(resident / 1e6).toFixed(0)} MB resident, ${(heap / 1e6).toFixed(0)} MB heap`
      )
      expect(recoveredS).not.toBeNull()
      expect(server.faults()).toEqual([])
      expect(resident).toBeLessThan(RESIDENT_MAX_BYTES)
      // Other tests run at the same time: times are held to what the computer could do meanwhile.
      expect(acks).toBeLessThan(2 * ACK_PROMISE_MS * slowness)
      expect(health).toBeLessThan(2 * HEALTH_PROMISE_MS * slowness)
    })
  })
}
