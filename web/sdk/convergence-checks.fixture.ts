// What must hold after any afternoon: every program shows the log, has received all of it in order, and nothing acknowledged is missing.
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect } from 'vitest'
import * as history from '../../infra/testing/history.ts'
import type { Message } from '../../src/contract.ts'
import { applyEvents, type RoomLog } from '../engine/room-log.ts'
import {
  beginAfternoon,
  endAfternoon,
  pause,
  readLog,
  steps,
  type Afternoon,
  type Ground,
  type Life
} from './convergence-run.fixture.ts'

/** Longer than any waiting of the client's own. */
const WITHIN_MS = 20_000

/** What was written down, once everything has come to rest. */
export interface Outcome extends Pick<Afternoon, 'sent' | 'acknowledged' | 'snapshots' | 'complaints' | 'room'> {
  /** As a reader sees it who was never there. */
  log: RoomLog
  /** How long it took until such a reader saw all that was acknowledged. */
  readAfterMs: number
  programs: { name: string; messages: readonly Message[]; lives: Life[]; resets: number }[]
}

/** Waits until all verbs are done and every program says that it is up to date. */
export async function comeToRest(afternoon: Afternoon): Promise<Outcome> {
  const { ground, room, programs, sent, acknowledged, snapshots, complaints } = afternoon
  for (let done = 0; done < afternoon.under.length;) {
    const all = [...afternoon.under]
    await inTime(Promise.all(all), 'the verbs end')
    done = all.length
  }
  // Acknowledged by one instance, it may still be on its way to the one that is read.
  const last = Math.max(0, ...acknowledged.map(({ seq }) => seq))
  const start = performance.now()
  let log = await readLog(ground.readUrl, room)
  while (log.cursor.seq < last && performance.now() < start + WITHIN_MS) {
    await pause(20)
    log = await readLog(ground.readUrl, room)
  }
  if (log.cursor.seq < last) complaints.push(`a reader sees ${log.cursor.seq} of ${last}`)
  const readAfterMs = Math.round(performance.now() - start)
  for (const { name, room, lives } of programs) {
    const received = () => lives.at(-1)?.events.at(-1)?.seq ?? lives.at(-2)?.events.at(-1)?.seq ?? 0
    const atRest = () => room.state === 'synced' && received() >= log.cursor.seq
    const until = performance.now() + WITHIN_MS
    while (!atRest() && performance.now() < until) await pause(5)
    if (!atRest()) complaints.push(`${name} is ${room.state} and has received ${received()} of ${log.cursor.seq}`)
    while (await inTime(room.before(), `${name} pages back`));
  }
  const written = programs.map(({ name, room, lives, resets }) => ({ name, messages: room.messages, lives, resets }))
  return { room, sent, acknowledged, snapshots, complaints, log, readAfterMs, programs: written }
}

async function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  const late = pause(WITHIN_MS).then(() => {
    throw new Error(`It isn't so that ${what}.`)
  })
  return Promise.race([work, late])
}

/** None, when all is as promised. */
export function complaintsOf({ room, sent, acknowledged, snapshots, complaints, log, programs }: Outcome): string[] {
  // Every event as something shown, by its own id; a life is a screen of its own.
  const shown = programs.flatMap(({ name, lives }) =>
    lives.flatMap(({ events }, screen) =>
      events.map(({ epoch, seq, id }) => ({ client: name, room, epoch, seq, id, text: '', screen }))
    )
  )
  return [
    ...complaints,
    ...programs.flatMap(({ name, messages }) => difference(`${name} shows`, messages, log.messages)),
    ...programs.flatMap(({ name, resets }) => (resets > 0 ? [`${name} was set back`] : [])),
    ...programs.flatMap(({ name, lives }) => gone(name, lives, log.cursor.seq)),
    ...history.lost(acknowledged, shown),
    ...history.repeated(shown, acknowledged),
    ...history.disagreements(history.ordersOf(shown)),
    ...history.outOfTurn(shown, sent),
    ...history.holes(shown),
    ...history.mixtures(shown),
    ...snapshots.flatMap((snapshot) =>
      programs.flatMap(({ name, lives }) => {
        const later = caughtUp(snapshot.log, lives)
        return difference(
          `the snapshot at ${snapshot.log.cursor.seq} and what ${name} received is`,
          later,
          log.messages
        )
      })
    )
  ]
}

/** One life goes on where the one before ended, or receives its last event again; together they received everything. */
function gone(name: string, lives: Life[], head: number): string[] {
  const received = new Set(lives.flatMap(({ events }) => events.map(({ seq }) => seq)))
  const missing = Array.from({ length: head }, (_, n) => n + 1).filter((seq) => !received.has(seq))
  const spoken = lives.filter(({ events }) => events.length > 0)
  const jumps = spoken.slice(1).flatMap(({ events: [first] }, n) => {
    const last = spoken[n]?.events.at(-1)?.seq ?? 0
    return first && (first.seq === last || first.seq === last + 1)
      ? []
      : [`${name} went on at ${first?.seq} after ${last}`]
  })
  return [...jumps, ...(missing.length > 0 ? [`${name} never received ${missing.join(', ')}`] : [])]
}

/** A snapshot with the events that came after it, folded as every client folds them. */
function caughtUp(log: RoomLog, lives: Life[]): readonly Message[] {
  const bySeq = new Map(lives.flatMap(({ events }) => events.map((event) => [event.seq, event] as const)))
  const after = [...bySeq.values()].filter(({ seq }) => seq > log.cursor.seq).toSorted((a, b) => a.seq - b.seq)
  const received = applyEvents(log, { before: log.cursor, events: after })
  return received.kind === 'applied' ? received.log.messages : []
}

function difference(what: string, messages: readonly Message[], expected: readonly Message[]): string[] {
  if (isDeepStrictEqual(messages, expected)) return []
  const at = messages.findIndex((message, n) => !isDeepStrictEqual(message, expected[n]))
  return [`${what} ${messages.length} messages instead of ${expected.length}, other ones from place ${at} on`]
}

/** Random afternoons on this ground, as many as asked for. Prints the seed, and what there was to check. */
export async function tryAfternoons(
  ground: Ground,
  { runs, maxSteps }: { runs: number; maxSteps: number }
): Promise<void> {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
  const counts = { seed, runs: 0, sent: 0, verbs: 0, lives: 0, snapshots: 0, readAfterMs: 0 }
  const faults: Record<string, number> = {}
  try {
    await fc.assert(
      fc.asyncProperty(steps(Object.keys(ground.faults), maxSteps), async (commands) => {
        const real = await beginAfternoon(ground)
        try {
          await fc.asyncModelRun(() => ({ model: { tried: 0 }, real }), commands)
          const outcome = await comeToRest(real)
          counts.runs += 1
          counts.sent += outcome.sent.length
          counts.verbs += outcome.acknowledged.length
          counts.lives += outcome.programs.flatMap(({ lives }) => lives).length
          counts.readAfterMs = Math.max(counts.readAfterMs, outcome.readAfterMs)
          counts.snapshots += outcome.snapshots.length
          for (const name of real.faults) faults[name] = (faults[name] ?? 0) + 1
          expect(complaintsOf(outcome)).toEqual([])
          // Every event is a verb that was acknowledged to its sender, and nothing else is there.
          expect(outcome.log.cursor.seq).toBe(outcome.acknowledged.length)
        } finally {
          await endAfternoon(real)
        }
      }),
      { seed, numRuns: runs, endOnFailure: true }
    )
  } finally {
    console.log(JSON.stringify({ ...counts, faults }))
  }
  expect(counts.sent).toBeGreaterThan(0)
}
