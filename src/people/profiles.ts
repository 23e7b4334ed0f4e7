// What pages show of a person besides the name in messages: a color that the person has chosen, which is part of the standing, and whether
// somebody has left for good. Both are records of the shared table, so no answer asks a store. And another name, once it is taken.
import type { Bus } from '../bus/messages.ts'
import type { Clock } from '../clock.ts'
import { STORED_VERSION, type Profile } from '../contract.ts'
import { keyOf } from '../identity.ts'
import type { SharedTable, Transaction } from './shared-table.ts'
import type { Standings } from './standings.ts'

/** By key, so that the record says nothing about who it was. */
const FORMER = 'former:'
/** Browsers that were away for longer may show a former member's name until they read the messages anew. */
const FORMER_LASTS_MS = 365 * 86_400_000
/** With more of them the oldest go. */
const FORMER_MAX = 5_000

export interface Profiles {
  /** Of those of these people of whom something is known, as this instance knows it. */
  of(keys: readonly string[]): Profile[]
  /** @throws ChatError too-many when the table is nearly full; StoreUnavailable */
  choose(person: string, color: number): Promise<void>
  /** The person has this name now. */
  renamed(key: string, name: string): void
  /** Called whenever a profile has changed, on whatever instance. */
  onChange(listener: (profile: Profile) => void): void
}

interface ProfilesOptions {
  table: SharedTable
  standings: Standings
  bus: Pick<Bus, 'send' | 'onMessage'>
}

export function createProfiles({ table, standings, bus }: ProfilesOptions): Profiles {
  const colors = new Map<string, number>()
  const listeners: ((profile: Profile) => void)[] = []
  const publish = (profile: Profile) => listeners.forEach((listen) => listen(profile))

  standings.onChange((person, { color }) => {
    const key = keyOf(person)
    if (colors.get(key) === color) return
    if (color === undefined) colors.delete(key)
    else colors.set(key, color)
    publish({ key, ...(color !== undefined && { color }) })
  })
  table.onChange((record, value) => {
    if (record.startsWith(FORMER) && value !== null) publish({ key: record.slice(FORMER.length), former: true })
  })

  const of: Profiles['of'] = (keys) =>
    keys.flatMap((key): Profile[] => {
      if (table.get(FORMER + key) !== null) return [{ key, former: true }]
      const color = colors.get(key)
      return color === undefined ? [] : [{ key, color }]
    })
  const publishName = (key: string, name: string) => publish({ ...(of([key])[0] ?? { key }), name })
  bus.onMessage((message) => {
    if (message.kind === 'renamed') publishName(message.key, message.name)
  })

  return {
    of,
    renamed(key, name) {
      publishName(key, name)
      bus.send({ v: STORED_VERSION, kind: 'renamed', key, name })
    },
    async choose(person, color) {
      await standings.change(person, (before) => ({ ...before, color }))
    },
    onChange(listener) {
      listeners.push(listener)
    }
  }
}

/** Somebody has left for good: pages and browsers that hold their name learn it. */
export function noteFormer(records: Transaction, person: string, now: Clock['now']): void {
  const timeOf = (value: unknown) => (value as { at?: number }).at ?? 0
  const all = records.entries(FORMER).toSorted(([, one], [, other]) => timeOf(one) - timeOf(other))
  const over = all.filter(([, value], n) => all.length - n >= FORMER_MAX || timeOf(value) + FORMER_LASTS_MS <= now())
  for (const [key] of over) records.put(key, null)
  records.put(FORMER + keyOf(person), { at: now() })
}
