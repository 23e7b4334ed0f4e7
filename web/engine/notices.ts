// The rows between messages: who joined, who left, and that a history was replaced. A burst becomes one row.
import type { Present } from '../../src/contract.ts'

export interface PeopleNotice {
  kind: 'joined' | 'left'
  key: string
  /** Seq of the message before it. */
  after: number
  at: number
  people: readonly Present[]
}
export interface HistoryNotice {
  kind: 'history-replaced'
  key: string
  after: number
  at: number
}
export type Notice = PeopleNotice | HistoryNotice

/** Joins (or leaves) that are so close together, with nothing between them, become one row. */
export const BURST_MS = 20_000
export const NOTICES_MAX = 40

let made = 0

/** The rows with these people's joining or leaving added. */
export function notePeople(
  notices: readonly Notice[],
  kind: PeopleNotice['kind'],
  people: readonly Present[],
  { after, at }: { after: number; at: number }
): readonly Notice[] {
  if (people.length === 0) return notices
  const last = notices.at(-1)
  if (last?.kind === kind && last.after === after && at - last.at <= BURST_MS) {
    const known = new Set(last.people.map((person) => person.key))
    const added = people.filter((person) => !known.has(person.key))
    return [...notices.slice(0, -1), { ...last, people: [...last.people, ...added] }]
  }
  return [...notices, { kind, key: `notice-${++made}`, after, at, people }].slice(-NOTICES_MAX)
}

/** The rows of another history go with it. */
export function noteHistoryReplaced({ after, at }: { after: number; at: number }): readonly Notice[] {
  return [{ kind: 'history-replaced', key: `notice-${++made}`, after, at }]
}
