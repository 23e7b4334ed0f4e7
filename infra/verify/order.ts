// Everybody talks at once: is it one order on all screens, with nothing lost and nothing twice?
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { disagreements, lost, ordersOf, outOfTurn, phantoms, repeated, type Acknowledged } from '../testing/history.ts'
import { NO_GUESTS, NO_LOBBY } from './clients.ts'
import { judged, skipped } from './finding.ts'
import { measure } from './latency.ts'
import { ROOM, openingOf, type Native } from './native.ts'
import type { Check, Visit } from './visit.ts'
import { rest, until } from './waiting.ts'

const TALK_MS = 3_000
const SAYS_EVERY_MS = 150
/** Longer than the comparison of heads (10 s): what comes only then is late, and the table shows it, but not lost. */
const SETTLES_WITHIN_MS = 12_000

/** Each says one thing after another, the next once the last is kept, until `enough`. */
export async function talk({ natives, run }: Visit, everyMs: number, enough: AbortSignal): Promise<void> {
  const talking = natives.map(async (one) => {
    for (let n = 0; !enough.aborted; n += 1) {
      const said = one.say(`${openingOf(run)}${one.name}, ${n}`)
      await Promise.all([said, rest(everyMs, enough)])
    }
  })
  if (!enough.aborted) await once(enough, 'abort')
  // Whoever never gets an answer isn't waited for: what they said is found to be unconfirmed.
  await Promise.race([Promise.allSettled(talking), wait(SETTLES_WITHIN_MS, undefined, { ref: false })])
}

/** What is wrong with all that was said in the room so far. */
export async function complaintsOf({ natives }: Visit): Promise<string[]> {
  const said = natives.flatMap((one) => one.said)
  const acknowledged = natives.flatMap((one) => one.acknowledged)
  const has = ({ screen }: Native, { id }: Acknowledged) => screen.shownAt.has(id)
  await until(() => natives.every((one) => acknowledged.every((message) => has(one, message))), SETTLES_WITHIN_MS)
  const shown = natives.flatMap((one) => one.screen.shown)
  const kept = new Set(acknowledged.map(({ id }) => id))
  return [
    ...said.filter(({ id }) => !kept.has(id)).map(({ text }) => `"${text}" was never acknowledged`),
    ...neverCame(natives, has),
    // Of what came: is it where it was acknowledged?
    ...natives.flatMap((one) => {
      const came = acknowledged.filter((message) => has(one, message))
      return lost(came, [...one.screen.shown], [one.name])
    }),
    ...repeated(shown, acknowledged),
    ...phantoms(shown, said),
    ...disagreements(ordersOf(shown)),
    ...outOfTurn(shown, said)
  ]
}

/** By pairs of regions, as that is where the fault will be. */
function neverCame(natives: Native[], has: (viewer: Native, message: Acknowledged) => boolean): string[] {
  const regions = [...Map.groupBy(natives, ({ region }) => region)]
  return regions.flatMap(([from, speakers]) =>
    regions.flatMap(([to, viewers]) => {
      const due = viewers.flatMap((one) => speakers.flatMap(({ acknowledged }) => acknowledged.map((m) => has(one, m))))
      const missing = due.filter((came) => !came).length
      const hint = missing === due.length ? ': have both the same REDIS_URL?' : ''
      return missing === 0 ? [] : [`${missing} of ${due.length} never came from ${from} to ${to}${hint}`]
    })
  )
}

export const saidBy = ({ natives }: Visit) => natives.reduce((sum, { said }) => sum + said.length, 0)

export const order: Check = {
  title: 'order',
  async look(visit) {
    const { natives } = visit
    if (natives.length === 0) return skipped('nobody got in')
    await talk(visit, SAYS_EVERY_MS, AbortSignal.any([visit.enough, AbortSignal.timeout(TALK_MS)]))
    const complaints = await complaintsOf(visit)
    visit.measured = measure(natives)
    return judged(
      `${saidBy(visit)} messages of ${natives.length} people at once, in the room "${ROOM}"`,
      `one order on ${natives.length} screens, 0 lost, 0 repeated`,
      complaints
    )
  }
}

export const lobby: Check = {
  title: 'lobby',
  async look({ natives, guests, run, lobby, guestsAllowed }) {
    if (!guestsAllowed) return skipped(NO_GUESTS)
    if (!lobby) return skipped(NO_LOBBY)
    if (guests.length === 0) return skipped('nobody got in')
    const texts = new Map(guests.map((one) => [one, `${openingOf(run)}hello from ${one.name}`]))
    const lists = () =>
      new Map([
        ...guests.map((one) => [one.name, one.heard()] as const),
        ...natives.map((one) => [one.name, (one.lobby?.shown ?? []).map(({ text }) => text)] as const)
      ])
    /** The classic words are told to everybody but who said them. */
    const own = new Map(
      guests.filter(({ protocol }) => protocol === 'classic').map((one) => [one.name, texts.get(one)])
    )
    const complaints = () =>
      [...lists()].flatMap(([name, heard]) =>
        [...texts.values()]
          .map((text) => ({ text, times: heard.filter((one) => one === text).length }))
          .filter(({ text, times }) => times !== (own.get(name) === text ? 0 : 1))
          .map(({ text, times }) => `${name} heard "${text}" ${times} times`)
      )
    for (const [guest, text] of texts) guest.say(text)
    await until(() => complaints().length === 0, SETTLES_WITHIN_MS)
    return judged(
      `${texts.size} messages of ${guests.length} borrowed clients at once`,
      `one order in three vocabularies for ${lists().size} clients, 0 lost, 0 repeated`,
      [...complaints(), ...disagreements(lists())]
    )
  }
}
