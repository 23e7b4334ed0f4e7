// The rows between messages: who joined, who left, and that a history was replaced. A burst becomes one row.
import type { Author, MemberChange, Present, RoomEvent } from '../../src/contract.ts'

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
/** Changes of a room's members that follow each other, of one kind by one person. */
export interface MemberNotice {
  kind: 'member'
  what: MemberChange['what']
  key: string
  /** Seq of the last of them. */
  after: number
  at: number
  by: Author
  people: readonly { key: string; name: string; guest: false }[]
}
export type Notice = PeopleNotice | HistoryNotice | MemberNotice

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

/** The rows with these changes of members added. */
export function noteMembers(
  notices: readonly Notice[],
  events: readonly Pick<RoomEvent, 'member' | 'by' | 'seq' | 'at'>[]
): readonly Notice[] {
  let rows = notices
  for (const { member, by, seq, at } of events) {
    if (!member) continue
    const { what, person } = member
    const last = rows.at(-1)
    const isSame = last?.kind === 'member' && last.what === what && last.by.id === by.id && last.after === seq - 1
    const people = [...(isSame ? last.people : []), { key: person.id, name: person.name, guest: false as const }]
    const key = isSame ? last.key : `notice-${++made}`
    rows = [...(isSame ? rows.slice(0, -1) : rows), { kind: 'member', what, key, after: seq, at, by, people }]
  }
  return rows === notices ? notices : rows.slice(-NOTICES_MAX)
}

/** The rows of another history go with it. */
export function noteHistoryReplaced({ after, at }: { after: number; at: number }): readonly Notice[] {
  return [{ kind: 'history-replaced', key: `notice-${++made}`, after, at }]
}
