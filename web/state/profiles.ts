// What the page shows of people besides the names in their messages: chosen colors, who has left for good, and the present names of those
// whom others mention. It asks for those whom it shows, once for each connection, and receives changes.
import { batch, signal, untracked } from '@preact/signals'
import { PROFILES_MAX, WHOLE_ROOM, type Profile } from '../../src/contract.ts'
import type { RoomLog } from '../engine/room-log.ts'
import type { Ask } from '../engine/socket.ts'
import { personKey } from './person-key.ts'

/** People who are drawn at the same time are asked for together. */
const GATHERED_MS = 20

export type Profiles = ReturnType<typeof keepProfiles>

export function keepProfiles(ask: Ask) {
  /** By key. */
  const known = signal<ReadonlyMap<string, Profile>>(new Map())
  const former = signal<ReadonlySet<string>>(new Set())
  /** By key; with the id where the name is wanted too. */
  const asked = new Map<string, string | undefined>()
  let wanted = new Set<string>()
  let isOnline = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function want(key: string, id?: string) {
    if (asked.has(key) && (!id || asked.get(key))) return
    asked.set(key, id)
    wanted.add(key)
    if (isOnline) timer ??= setTimeout(() => void load(), GATHERED_MS)
  }

  function load() {
    clearTimeout(timer)
    timer = undefined
    const keys = [...wanted]
    wanted = new Set()
    const slices = []
    while (keys.length > 0) slices.push(askFor(keys.splice(0, PROFILES_MAX)))
    return Promise.all(slices)
  }

  async function askFor(keys: string[]) {
    const people = keys.flatMap((key) => asked.get(key) ?? [])
    const before = known.value
    const reply = await ask('profile:list', people.length > 0 ? { keys, people } : { keys })
    if (!reply.ok) return
    // The answer may be older than a change that arrived meanwhile.
    const isSame = (key: string) => known.value.get(key) === before.get(key)
    learn(
      keys.filter(isSame),
      reply.value.profiles.filter(({ key }) => isSame(key))
    )
  }

  /** All that is to be known of these people. */
  function learn(keys: readonly string[], profiles: readonly Profile[]) {
    if (profiles.length === 0 && !keys.some((key) => known.value.has(key))) return
    const next = new Map(known.value)
    for (const key of keys) next.delete(key)
    for (const profile of profiles) {
      // Another color says nothing about the name.
      const name = profile.former ? undefined : known.value.get(profile.key)?.name
      next.set(profile.key, { ...(name !== undefined && { name }), ...profile })
    }
    const left = profiles.flatMap((one) => (one.former && !former.value.has(one.key) ? [one.key] : []))
    batch(() => {
      known.value = next
      if (left.length > 0) former.value = new Set([...former.value, ...left])
    })
  }

  function nameOf(id: string): string | undefined {
    const key = personKey(id)
    if (id !== WHOLE_ROOM) untracked(() => want(key, id))
    return known.value.get(key)?.name
  }

  return {
    /** By key. */
    former,
    want,
    /** The name that somebody has now, by id; undefined until it is known. */
    nameOf,

    /** Resolves once the names that these people have now are known, or cannot be. */
    async named(ids: readonly string[]): Promise<void> {
      ids.forEach(nameOf)
      if (isOnline) await load()
    },

    /** The color that somebody has chosen; undefined without one, and until it is known. */
    colorOf(key: string): number | undefined {
      untracked(() => want(key))
      return known.value.get(key)?.color
    },

    online() {
      isOnline = true
      wanted = new Set(asked.keys())
      void load()
    },

    offline() {
      isOnline = false
      clearTimeout(timer)
      timer = undefined
    },

    changed: (profile: Profile) => learn([profile.key], [profile])
  }
}

/** Without the names of those who have left for good; the same log when there is none of them. */
export function withoutNames(log: RoomLog, former: ReadonlySet<string>): RoomLog {
  const isFormer = (id: string | null) => id !== null && former.has(personKey(id))
  if (!log.messages.some(({ by }) => by.name !== '' && isFormer(by.id))) return log
  const messages = log.messages.map((one) => (isFormer(one.by.id) ? { ...one, by: { ...one.by, name: '' } } : one))
  return { ...log, messages }
}
