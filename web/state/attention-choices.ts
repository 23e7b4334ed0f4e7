// What this browser does when somebody calls: chosen in the settings, for all who use it.
import type { Alerts } from '../../src/contract.ts'
import { usable } from '../engine/storage.ts'
import { ATTENTION_KEY } from './attend.ts'
import type { Chat } from './chat.ts'

const answered = new WeakMap<Chat, Alerts>()
/** What the person has chosen on the server, as far as it is known. */
export const alertsOf = (chat: Chat) => answered.get(chat)

/** The server has answered what the person has chosen. */
export function learn(chat: Chat, alerts: Alerts): void {
  answered.set(chat, alerts)
  const levels = new Map(alerts.levels.map(({ room, level }) => [room, level]))
  chat.rooms.reading.levels.value = levels
  chosen({ hasLevels: levels.size > 0 })
}

interface Choices {
  /** A notification while the page is open and nobody looks at it, where the browser allows notifications. */
  notify: boolean
  tone: boolean
  /** Somebody here has a level that is not the default. */
  hasLevels: boolean
}

/** Changes what is chosen, and returns it. */
export function chosen(change: Partial<Choices> = {}): Choices {
  const storage = usable(() => localStorage)
  const before = {
    notify: true,
    tone: false,
    hasLevels: false,
    ...(JSON.parse(storage?.getItem(ATTENTION_KEY) ?? '{}') as object)
  }
  const after = { ...before, ...change }
  if (JSON.stringify(after) !== JSON.stringify(before)) storage?.setItem(ATTENTION_KEY, JSON.stringify(after))
  return after
}
