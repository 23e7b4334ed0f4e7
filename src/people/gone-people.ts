// Forgets what is special about people who can't come back: their names and sessions are over. Otherwise those who came by an invitation
// once would fill the table.
import type { SharedTable } from './shared-table.ts'
import type { Standing, Standings } from './standings.ts'
import type { PeopleStore } from './store.ts'

/** People that one call of the store looks up. */
const AT_ONCE = 500

/** @throws StoreUnavailable */
export async function forgetGone(options: {
  table: SharedTable
  standings: Standings
  people: Pick<PeopleStore, 'names'>
  now: number
}): Promise<void> {
  const { table, standings, people, now } = options
  const isRestricted = ({ mutedUntil = 0, bannedUntil = 0 }: Standing) => Math.max(mutedUntil, bannedUntil) > now
  const ids = [...standings.all()].flatMap(([id, standing]) => (isRestricted(standing) ? [] : [id]))
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE)
    const known = new Set((await people.names(some)).map(({ id }) => id))
    const gone = some.filter((id) => !known.has(id))
    if (gone.length === 0) continue
    await table.transact((records) => {
      for (const id of gone) if (!isRestricted(standings.in(records, id))) records.put(standings.keyOf(id), null)
    })
  }
}
