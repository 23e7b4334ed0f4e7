// The rows between messages: who joined, who left, and that a history was replaced. A burst becomes one row.
import type { Author, MemberChange, Present, RoomEvent } from '../../src/contract.ts'

type NotedPerson = Pick<Present, 'key' | 'name' | 'guest'>
export interface PeopleNotice {
  /** The key of its text. */
  kind: 'people.joined' | 'people.left' | 'member.linked' | `member.${MemberChange['what']}`
  key: string
  /** Seq of the message before it. */
  after: number
  at: number
  people: readonly NotedPerson[]
  /** Who has changed the members. */
  by?: Author
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
  people: readonly NotedPerson[],
  { after, at, by, since = after }: { after: number; at: number; by?: Author; since?: number }
): readonly Notice[] {
  if (people.length === 0) return notices
  const last = notices.at(-1)
  if (last?.kind === kind && last.by?.id === by?.id && last.after === since && at - last.at <= BURST_MS) {
    const known = new Set(last.people.map((person) => person.key))
    const added = people.filter((person) => !known.has(person.key))
    return [...notices.slice(0, -1), { ...last, after, people: [...last.people, ...added] }]
  }
  return [...notices, { kind, key: `notice-${++made}`, after, at, people, ...(by && { by }) }].slice(-NOTICES_MAX)
}

/** The rows with what these events have changed about the members of a private room. */
export const noteMembers = (
  notices: readonly Notice[],
  events: readonly Pick<RoomEvent, 'member' | 'by' | 'seq' | 'at'>[]
): readonly Notice[] =>
  events.reduce((rows, { member, by, seq, at }) => {
    if (!member) return rows
    const { what, person } = member
    const kind = what === 'joined' && by.id === person.id ? 'member.linked' : (`member.${what}` as const)
    const people = [{ key: person.id, name: person.name, guest: false }]
    return notePeople(rows, kind, people, { after: seq, at, by, since: seq - 1 })
  }, notices)

/** The rows of another history go with it. */
export function noteHistoryReplaced({ after, at }: { after: number; at: number }): readonly Notice[] {
  return [{ kind: 'history-replaced', key: `notice-${++made}`, after, at }]
}
