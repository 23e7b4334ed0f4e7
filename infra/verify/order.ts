// Everyone sends at once: is there one order on all screens, with nothing lost and nothing twice?
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { disagreements, lost, ordersOf, outOfTurn, phantoms, repeated, type Acknowledged } from '../testing/history.ts'
import { latencyTable } from './latency.ts'
import { ROOM, type NativeClient } from './native.ts'
import { judge, skipped } from './result.ts'
import { NOBODY, NO_GUESTS, NO_LOBBY, prefixOf, type Check, type Run } from './run.ts'
import { rest, until } from './waiting.ts'

const CONVERSATION_MS = 3_000
export const SEND_EVERY_MS = 150
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

/** What is wrong with all messages sent so far. */
export async function faultsOf({ natives }: Run): Promise<string[]> {
  const sent = natives.flatMap((one) => one.sent)
  const acknowledged = natives.flatMap((one) => one.acknowledged)
  const has = ({ screen }: NativeClient, { id }: Acknowledged) => screen.shownAt.has(id)
  await until(() => natives.every((one) => acknowledged.every((message) => has(one, message))), SETTLES_WITHIN_MS)
  const shown = natives.flatMap((one) => one.screen.shown)
  const stored = new Set(acknowledged.map(({ id }) => id))
  return [
    ...sent.filter(({ id }) => !stored.has(id)).map(({ text }) => `"${text}" was never acknowledged`),
    ...neverArrived(natives, has),
    // Messages that arrived must have the acknowledged place.
    ...natives.flatMap((one) => {
      const arrived = acknowledged.filter((message) => has(one, message))
      return lost(arrived, [...one.screen.shown], [one.name])
    }),
    ...repeated(shown, acknowledged),
    ...phantoms(shown, sent),
    ...disagreements(ordersOf(shown)),
    ...outOfTurn(shown, sent)
  ]
}

/** By pairs of regions, which is where to look for the cause. */
function neverArrived(
  natives: NativeClient[],
  has: (viewer: NativeClient, message: Acknowledged) => boolean
): string[] {
  const regions = [...Map.groupBy(natives, ({ region }) => region)]
  return regions.flatMap(([from, senders]) =>
    regions.flatMap(([to, viewers]) => {
      const due = viewers.flatMap((one) => senders.flatMap(({ acknowledged }) => acknowledged.map((m) => has(one, m))))
      const missing = due.filter((arrived) => !arrived).length
      const hint = missing === due.length ? ': do both have the same REDIS_URL?' : ''
      return missing === 0 ? [] : [`${missing} of ${due.length} never arrived from ${from} in ${to}${hint}`]
    })
  )
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
    const texts = new Map(compatible.map((one) => [one.name, `${prefixOf(run.id)}hello from ${one.name}`]))
    const isClassic = new Set(compatible.filter(({ protocol }) => protocol === 'classic').map(({ name }) => name))
    const lists = () =>
      new Map([
        ...compatible.map((one) => [one.name, one.received()] as const),
        ...natives.map((one) => [one.name, (one.lobby?.shown ?? []).map(({ text }) => text)] as const)
      ])
    /** The classic protocol does not return a message to its sender. */
    const miscounted = () =>
      [...lists()].flatMap(([name, received]) =>
        [...texts].flatMap(([sender, text]) => {
          const times = received.filter((one) => one === text).length
          const due = sender === name && isClassic.has(name) ? 0 : 1
          return times === due ? [] : [`${name} received "${text}" ${times} times`]
        })
      )
    for (const one of compatible) one.send(texts.get(one.name) ?? '')
    await until(() => miscounted().length === 0, SETTLES_WITHIN_MS)
    return judge(
      `${texts.size} messages of ${compatible.length} compatible clients at once`,
      `one order in three protocols for ${lists().size} clients, 0 lost, 0 repeated`,
      [...miscounted(), ...disagreements(lists())]
    )
  }
}
