// Takes back what was said, and leaves. Only the room "verify" stays: rooms can't be removed.
import { judged, sentenceOf } from './finding.ts'
import type { Native } from './native.ts'
import type { Check, Visit } from './visit.ts'
import { within } from './waiting.ts'

/** After a long watch there is much to remove, at the rate at which anybody may speak. */
const REMOVED_WITHIN_MS = 60_000
/** So many at a time. */
const LANES = 8

export const tidy: Check = {
  title: 'tidy',
  async look(visit) {
    const { natives, guests, url } = visit
    // Of guests' messages nobody is the author, so anybody may remove them.
    const lobby = [...lobbyIds(visit)].map((id) => async () => {
      const answer = await fetch(`${url}/api/messages/${id}`, { method: 'DELETE' })
      if (!answer.ok) throw new Error(`DELETE /api/messages/${id} gives ${answer.status}`)
    })
    const piles = [lobby, ...natives.map(removals)]
    const outcomes = await Promise.allSettled(
      piles.map((pile) => within(REMOVED_WITHIN_MS, 'removing what was said', done(pile)))
    )
    await Promise.all(natives.map((one) => one.close()))
    for (const { client } of guests) client.close()
    return judged(
      `${piles.flat().length} messages`,
      'removed, and everybody has left',
      outcomes.flatMap((one) => (one.status === 'rejected' ? [sentenceOf(one.reason)] : []))
    )
  }
}

const removals = ({ room, acknowledged }: Native) =>
  acknowledged.map(
    ({ id }) =>
      () =>
        room.remove(id)
  )

function lobbyIds({ natives, guests }: Visit): Set<string> {
  return new Set([
    ...natives.flatMap(({ lobby }) => (lobby?.shown ?? []).map(({ id }) => id)),
    ...guests.flatMap((one) => one.ids())
  ])
}

/** Does all, a few at a time. */
async function done(pile: readonly (() => Promise<unknown>)[]): Promise<void> {
  const rest = pile.values()
  const lane = async () => {
    for (const work of rest) await work()
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}
