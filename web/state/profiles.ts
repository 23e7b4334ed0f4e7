// What the page shows of people besides their names: chosen colors, and who has left for good. It asks for those whom it shows, once for
// each connection, and hears of changes.
import { batch, signal, untracked } from '@preact/signals'
import { PROFILES_MAX, type Profile } from '../../src/contract.ts'
import type { RoomLog } from '../engine/room-log.ts'
import type { Ask } from '../engine/socket.ts'
import { personKey } from './person-key.ts'

/** Whoever is drawn at the same time is asked for together. */
const GATHERED_MS = 20

export type Profiles = ReturnType<typeof keepProfiles>

export function keepProfiles(ask: Ask) {
  /** By key. */
  const known = signal<ReadonlyMap<string, Profile>>(new Map())
  const former = signal<ReadonlySet<string>>(new Set())
  const asked = new Set<string>()
  let wanted = new Set<string>()
  let isOnline = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function want(key: string) {
    if (asked.has(key)) return
    asked.add(key)
    wanted.add(key)
    if (isOnline) timer ??= setTimeout(load, GATHERED_MS)
  }

  function load() {
    timer = undefined
    const keys = [...wanted]
    wanted = new Set()
    for (let n = 0; n < keys.length; n += PROFILES_MAX) void askFor(keys.slice(n, n + PROFILES_MAX))
  }

  async function askFor(keys: string[]) {
    const reply = await ask('profile:list', { keys })
    if (reply.ok) learn(keys, reply.value.profiles)
  }

  /** All that is to be known of these people. */
  function learn(keys: readonly string[], profiles: readonly Profile[]) {
    if (profiles.length === 0 && !keys.some((key) => known.value.has(key))) return
    const next = new Map(known.value)
    for (const key of keys) next.delete(key)
    for (const profile of profiles) next.set(profile.key, profile)
    const left = profiles.flatMap((one) => (one.former && !former.value.has(one.key) ? [one.key] : []))
    batch(() => {
      known.value = next
      if (left.length > 0) former.value = new Set([...former.value, ...left])
    })
  }

  return {
    /** By key. */
    former,
    want,

    /** The color that somebody has chosen; undefined without one, and until it is known. */
    colorOf(key: string): number | undefined {
      untracked(() => want(key))
      return known.value.get(key)?.color
    },

    online() {
      isOnline = true
      wanted = new Set(asked)
      load()
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
