// Keeps everybody talking while the person deploys, and says what their clients noticed. From outside nothing can be drained: the
// person runs `fly deploy`, or presses a button of the world's page.
import { effect } from '@preact/signals'
import { judged, seconds, share, skipped, type Finding } from './finding.ts'
import { complaintsOf, saidBy, talk } from './order.ts'
import { buildsOf } from './regions.ts'
import type { Check, Visit } from './visit.ts'

const SAYS_EVERY_MS = 1_000
/** The README's promise for a rolling restart, as p99. */
const BLACKOUT_MS = 3_000

export const deploy: Check = {
  title: 'deploy',
  async look(visit) {
    const { natives, watchSeconds, enough } = visit
    if (watchSeconds === 0)
      return skipped('not watched; --watch 300 keeps everybody talking for so many seconds, while you run `fly deploy`')
    if (natives.length === 0) return skipped('nobody got in')
    const before = { said: saidBy(visit), blackouts: natives.map(({ blackouts }) => blackouts.length) }
    const builds = await buildsOf(visit)
    const leavers = watchLeavers(visit)
    console.log(`  watching for ${watchSeconds} s: deploy now, or press drain on the world's page; Ctrl-C ends it`)
    await talk(visit, SAYS_EVERY_MS, AbortSignal.any([enough, AbortSignal.timeout(watchSeconds * 1_000)]))
    const complaints = await complaintsOf(visit)
    const seenLeaving = leavers.stop()
    const away = natives.map(({ blackouts }, n) => blackouts.slice(before.blackouts[n]))
    const finding = found({
      away,
      messages: saidBy(visit) - before.said,
      builds: [...new Set([...builds, ...(await buildsOf(visit))])],
      complaints: [...complaints, ...seenLeaving]
    })
    if (finding.mark !== 'skipped') visit.drained = finding.mark === 'held'
    return finding
  }
}

function found(seen: { away: number[][]; messages: number; builds: string[]; complaints: string[] }): Finding {
  const { messages, builds, complaints } = seen
  const all = seen.away.flat()
  const moved = seen.away.filter((times) => times.length > 0).length
  if (moved === 0 && complaints.length === 0)
    return skipped('nobody was moved: nothing was deployed or drained meanwhile')
  const [p50, p99] = [share(all, 0.5), share(all, 0.99)]
  const became = builds.length > 1 ? `; the build became ${builds.at(-1)}` : ''
  return judged(
    `${moved} of ${seen.away.length} people were moved, ${all.length} times in all, and away for ${seconds(p50)} (p50), ${seconds(p99)} (p99, promise ${seconds(BLACKOUT_MS)})`,
    `${messages} messages meanwhile, 0 lost, 0 repeated, nobody seen leaving${became}`,
    [
      ...complaints,
      // Twice the promise, as everywhere.
      ...(p99 > 2 * BLACKOUT_MS ? [`people were away for ${seconds(p99)}`] : [])
    ]
  )
}

/** Notes who of us is seen leaving, though nobody leaves: by people in the room, and by guests in the lobby. */
function watchLeavers({ natives, guests, run }: Visit) {
  const names = new Map(natives.map(({ client, name }) => [client.me.key, name]))
  const noted = new Set<string>()
  const stops = natives.map((viewer) =>
    effect(() => {
      const here = new Set(viewer.people().map(({ key }) => key))
      for (const [key, name] of names) if (!here.has(key)) noted.add(`${viewer.name} saw ${name} leaving`)
    })
  )
  const heardBefore = guests.map((one) => one.left().length)
  return {
    stop(): string[] {
      for (const stop of stops) stop()
      for (const [n, viewer] of guests.entries())
        for (const name of viewer.left().slice(heardBefore[n]))
          if (name.includes(`verify ${run}`)) noted.add(`${viewer.name} saw ${name} leaving`)
      return [...noted]
    }
  }
}
