// Entries and their ids as Redis returns them.
import * as v from 'valibot'
import type { Entry } from './entries.ts'

const pushedEntry = v.pipe(
  v.string(),
  v.parseJson(),
  v.tuple([v.pipe(v.string(), v.regex(/^\d+-\d+$/)), v.array(v.string())])
)

/** An entry that nobody can have written is read as the first, which is long over. */
export function readPushedEntry(text: string): RawEntry {
  const read = v.safeParse(pushedEntry, text)
  return read.success ? read.output : ['0-0', []]
}

export function isAfter(id: string, other: string): boolean {
  const [time = 0, count = 0] = id.split('-').map(Number)
  const [otherTime = 0, otherCount = 0] = other.split('-').map(Number)
  return time > otherTime || (time === otherTime && count > otherCount)
}

/** An entry as Redis returns it: names and values of its fields in turn. */
export type RawEntry = [id: string, fields: string[]]

export function entryOf(fields: string[]): Entry {
  const names = fields.filter((_, index) => index % 2 === 0)
  return Object.fromEntries(names.map((name, index) => [name, fields[index * 2 + 1] ?? '']))
}

export const bytesOf = (fields: string[]) => fields.reduce((sum, field) => sum + field.length, 0)

export function nextId(id: string): string {
  const [time = '0', count = '0'] = id.split('-')
  return `${time}-${Number(count) + 1}`
}
