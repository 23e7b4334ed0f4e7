// Everyone sends at once: is there one order on all screens, with nothing lost and nothing twice?
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { disagreements, lost, ordersOf, outOfTurn, phantoms, repeated, type Acknowledged } from '../testing/history.ts'
import { latencyTable } from './latency.ts'
import { ROOM, type NativeClient } from './native.ts'
import { judge, skipped } from './result.ts'
import { NOBODY, NO_GUESTS, NO_LOBBY, type Check, type Run } from './run.ts'
import { prefixOf } from './run-options.ts'
import { rest, until } from './waiting.ts'

const CONVERSATION_MS = 3_000
const SEND_EVERY_MS = 150
/** Longer than the head check (10 s): a message that only it repairs is late, and not lost. */
const SETTLES_WITHIN_MS = 12_000

/** Every native client sends one message after another, the next once the last is stored, until the signal. */
export async function converse({ natives, id }: Run, everyMs: number, signal: AbortSignal): Promise<void> {
  const conversations = natives.map(async (one) => {
    for (let n = 0; !signal.aborted; n += 1)
      await Promise.all([one.send(`${prefixOf(id)}${one.name}, ${n}`), rest(everyMs, signal)])
  })
  if (!signal.aborted) await once(signal, 'abort')
  // A client that never gets an answer is not waited for; its message is reported as unacknowledged.
  await Promise.race([Promise.allSettled(conversations), wait(SETTLES_WITHIN_MS, undefined, { ref: false })])
}

const isShownTo =
  ({ screen }: NativeClient) =>
  ({ id }: Acknowledged) =>
    screen.shownAt.has(id)

/** What is wrong with all messages sent so far. */
export async function faultsOf({ natives }: Run): Promise<string[]> {
  const sent = natives.flatMap((one) => one.sent)
  const acknowledged = natives.flatMap((one) => one.acknowledged)
  await until(() => natives.every((one) => acknowledged.every(isShownTo(one))), SETTLES_WITHIN_MS)
  const shown = natives.flatMap((one) => one.screen.shown)
  const stored = new Set(acknowledged.map(({ id }) => id))
  return [
    ...sent.filter(({ id }) => !stored.has(id)).map(({ text }) => `"${text}" was never acknowledged`),
    ...neverArrived(natives),
    // Messages that arrived must have the acknowledged place.
    ...natives.flatMap((one) => lost(acknowledged.filter(isShownTo(one)), one.screen.shown, [one.name])),
    ...repeated(shown, acknowledged),
    ...phantoms(shown, sent),
    ...disagreements(ordersOf(shown)),
    ...outOfTurn(shown, sent)
  ]
}

/** By pairs of regions, which is where to look for the cause. */
function neverArrived(natives: NativeClient[]): string[] {
  const regions = [...Map.groupBy(natives, ({ region }) => region)]
  const pairs = regions.flatMap(([from, senders]) => regions.map(([to, viewers]) => ({ from, to, senders, viewers })))
  return pairs.flatMap(({ from, to, senders, viewers }) => {
    const messages = senders.flatMap(({ acknowledged }) => acknowledged)
    const due = viewers.flatMap((one) => messages.map(isShownTo(one)))
    const missing = due.filter((arrived) => !arrived).length
    const hint = missing === due.length ? ': do both have the same REDIS_URL?' : ''
    return missing === 0 ? [] : [`${missing} of ${due.length} never arrived from ${from} in ${to}${hint}`]
  })
}

export const countSent = ({ natives }: Run) => natives.reduce((sum, { sent }) => sum + sent.length, 0)

export const order: Check = {
  title: 'order',
  async look(run) {
    if (run.natives.length === 0) return skipped(NOBODY)
    await converse(run, SEND_EVERY_MS, AbortSignal.any([run.signal, AbortSignal.timeout(CONVERSATION_MS)]))
    const faults = await faultsOf(run)
    run.latencies = latencyTable(run.natives)
    return judge(
      `${countSent(run)} messages of ${run.natives.length} people at once, in the room "${ROOM}"`,
      `one order on ${run.natives.length} screens, 0 lost, 0 repeated`,
      faults
    )
  }
}

export const lobby: Check = {
  title: 'lobby',
  async look(run) {
    const { natives, compatible } = run
    if (!run.guestsAllowed) return skipped(NO_GUESTS)
    if (!run.lobby) return skipped(NO_LOBBY)
    if (compatible.length === 0) return skipped(NOBODY)
    const lists = () =>
      new Map([
        ...compatible.map((one) => [one.name, one.received()] as const),
        ...natives.map((one) => [one.name, one.lobby?.shown.map(({ text }) => text) ?? []] as const)
      ])
    /** The classic protocol does not return a message to its sender. */
    const classic = new Set(compatible.filter(({ protocol }) => protocol === 'classic').map(({ name }) => name))
    const dueTo = (name: string) => compatible.length - (classic.has(name) ? 1 : 0)
    const miscounted = () =>
      [...lists()]
        .filter(([name, texts]) => texts.length !== dueTo(name) || new Set(texts).size !== dueTo(name))
        .map(([name, texts]) => `${name} received ${texts.length} messages instead of ${dueTo(name)} different ones`)
    for (const one of compatible) one.send(`${prefixOf(run.id)}hello from ${one.name}`)
    await until(() => miscounted().length === 0, SETTLES_WITHIN_MS)
    return judge(
      `${compatible.length} messages of as many compatible clients at once`,
      `one order in three protocols for ${lists().size} clients, 0 lost, 0 repeated`,
      [...miscounted(), ...disagreements(lists())]
    )
  }
}
