// What must hold after any simulation: every program shows the log, has received all of it in order, and nothing acknowledged is missing.
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect } from 'vitest'
import * as history from '../../infra/testing/history.ts'
import type { Message } from '../../src/contract.ts'
import { applyEvents, type RoomLog } from '../engine/room-log.ts'
import {
  closeSimulation,
  openSimulation,
  pause,
  readLog,
  type Environment,
  type Lifetime,
  type Simulation
} from './convergence-run.fixture.ts'
import { steps } from './convergence-steps.fixture.ts'

/** Longer than any wait of the client. */
const SETTLES_WITHIN_MS = 20_000

/** What was recorded, once all has settled. */
export interface Outcome extends Pick<Simulation, 'sent' | 'acknowledged' | 'snapshots' | 'violations' | 'room'> {
  /** As a new reader sees it. */
  log: RoomLog
  /** How long it took until such a reader saw all that was acknowledged. */
  readAfterMs: number
  programs: { name: string; messages: readonly Message[]; lifetimes: Lifetime[]; resets: number }[]
}

/** Waits until all verbs are done and every program is up to date. */
export async function settle(simulation: Simulation): Promise<Outcome> {
  const { environment, room, programs, sent, acknowledged, snapshots, violations, verbs } = simulation
  for (let done = 0; done < verbs.length;) {
    const all = [...verbs]
    await inTime(Promise.all(all), 'the verbs end')
    done = all.length
  }
  // Acknowledged by one instance, it may still be on its way to the one that is read.
  const last = Math.max(0, ...acknowledged.map(({ seq }) => seq))
  const start = performance.now()
  let log = await readLog(environment.readUrl, room)
  while (log.cursor.seq < last && performance.now() < start + SETTLES_WITHIN_MS) {
    await pause(20)
    log = await readLog(environment.readUrl, room)
  }
  if (log.cursor.seq < last) violations.push(`a reader sees ${log.cursor.seq} of ${last}`)
  const readAfterMs = Math.round(performance.now() - start)
  for (const { name, room, lifetimes } of programs) {
    const received = () => lifetimes.at(-1)?.events.at(-1)?.seq ?? lifetimes.at(-2)?.events.at(-1)?.seq ?? 0
    const isSettled = () => room.state === 'synced' && received() >= log.cursor.seq
    const end = performance.now() + SETTLES_WITHIN_MS
    while (!isSettled() && performance.now() < end) await pause(5)
    if (!isSettled()) violations.push(`${name} is ${room.state} and has received ${received()} of ${log.cursor.seq}`)
    while (await inTime(room.before(), `${name} pages back`));
  }
  const recorded = programs.map(({ name, room, lifetimes, resets }) => ({
    name,
    messages: room.messages,
    lifetimes,
    resets
  }))
  return { room, sent, acknowledged, snapshots, violations, log, readAfterMs, programs: recorded }
}

async function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  const late = pause(SETTLES_WITHIN_MS).then(() => {
    throw new Error(`It isn't so that ${what}.`)
  })
  return Promise.race([work, late])
}

/** None, when all is as promised. */
export function violationsOf({ room, sent, acknowledged, snapshots, violations, log, programs }: Outcome): string[] {
  // Every event as something shown, by its own id; each lifetime is a screen of its own.
  const shown = programs.flatMap(({ name, lifetimes }) =>
    lifetimes.flatMap(({ events }, screen) =>
      events.map(({ epoch, seq, id }) => ({ client: name, room, epoch, seq, id, text: '', screen }))
    )
  )
  return [
    ...violations,
    ...programs.flatMap(({ name, messages, lifetimes, resets }) => [
      ...difference(`${name} shows`, messages, log.messages),
      ...(resets > 0 ? [`${name} was set back`] : []),
      ...missed(name, lifetimes, log.cursor.seq),
      ...snapshots.flatMap((snapshot) =>
        difference(
          `the snapshot at ${snapshot.cursor.seq} and what ${name} received is`,
          caughtUp(snapshot, lifetimes),
          log.messages
        )
      )
    ]),
    ...history.lost(acknowledged, shown),
    ...history.repeated(shown, acknowledged),
    ...history.disagreements(history.ordersOf(shown)),
    ...history.outOfTurn(shown, sent),
    ...history.holes(shown),
    ...history.mixtures(shown)
  ]
}

/** A lifetime continues where the one before ended, or receives its last event again; together they received everything. */
function missed(name: string, lifetimes: Lifetime[], head: number): string[] {
  const received = new Set(lifetimes.flatMap(({ events }) => events.map(({ seq }) => seq)))
  const missing = Array.from({ length: head }, (_, n) => n + 1).filter((seq) => !received.has(seq))
  const used = lifetimes.filter(({ events }) => events.length > 0)
  const jumps = used.slice(1).flatMap(({ events: [first] }, n) => {
    const last = used[n]?.events.at(-1)?.seq ?? 0
    return first && (first.seq === last || first.seq === last + 1)
      ? []
      : [`${name} continued at ${first?.seq} after ${last}`]
  })
  return [...jumps, ...(missing.length > 0 ? [`${name} never received ${missing.join(', ')}`] : [])]
}

/** A snapshot with the events that came after it, applied as every client applies them. */
function caughtUp(log: RoomLog, lifetimes: Lifetime[]): readonly Message[] {
  const bySeq = new Map(lifetimes.flatMap(({ events }) => events.map((event) => [event.seq, event] as const)))
  const after = [...bySeq.values()].filter(({ seq }) => seq > log.cursor.seq).toSorted((a, b) => a.seq - b.seq)
  const applied = applyEvents(log, { before: log.cursor, events: after })
  return applied.kind === 'applied' ? applied.log.messages : []
}

function difference(what: string, messages: readonly Message[], expected: readonly Message[]): string[] {
  if (isDeepStrictEqual(messages, expected)) return []
  const at = messages.findIndex((message, n) => !isDeepStrictEqual(message, expected[n]))
  return [`${what} ${messages.length} messages instead of ${expected.length}, other ones from place ${at} on`]
}

/** Random simulations in this environment. Prints the seed, and what there was to check. */
export async function simulate(
  environment: Environment,
  { runs, maxSteps }: { runs: number; maxSteps: number }
): Promise<void> {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
  const counts = { seed, runs: 0, sent: 0, verbs: 0, lifetimes: 0, snapshots: 0, readAfterMs: 0 }
  const faults: Record<string, number> = {}
  try {
    await fc.assert(
      fc.asyncProperty(steps(Object.keys(environment.faults), maxSteps), async (commands) => {
        const real = await openSimulation(environment)
        try {
          await fc.asyncModelRun(() => ({ model: { attempts: 0 }, real }), commands)
          const outcome = await settle(real)
          counts.runs += 1
          counts.sent += outcome.sent.length
          counts.verbs += outcome.acknowledged.length
          counts.lifetimes += outcome.programs.flatMap(({ lifetimes }) => lifetimes).length
          counts.readAfterMs = Math.max(counts.readAfterMs, outcome.readAfterMs)
          counts.snapshots += outcome.snapshots.length
          for (const name of real.faults) faults[name] = (faults[name] ?? 0) + 1
          expect(violationsOf(outcome)).toEqual([])
          // Every event is a verb that was acknowledged to its sender, and nothing else is there.
          expect(outcome.log.cursor.seq).toBe(outcome.acknowledged.length)
        } finally {
          await closeSimulation(real)
        }
      }),
      { seed, numRuns: runs, endOnFailure: true }
    )
  } finally {
    console.log(JSON.stringify({ ...counts, faults }))
  }
  expect(counts.sent).toBeGreaterThan(0)
}
