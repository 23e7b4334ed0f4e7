// No plain object is keyed by text that people choose: `constructor` and `toString` would be found in it, and `__proto__` would change
// it. Such state is a Map. An object type with any key needs a reason here, by its declaration.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../../..')
const FOR_TESTS = /\.(test|contract|harness|fixture)\.tsx?$/
const ANY_KEY = /\bRecord<string,|\[\w+: string\]:/
/** JSON objects with chosen keys are listed, or put into a Map, and never looked up by a variable. */
const LOOKED_UP = /\b(?:reactions|regions)(?: \?\? \{\})?\)?(?:\?\.)?\[(?!['"`\]])/

const REASONS: readonly [declaration: RegExp, reason: string][] = [
  [
    /\b(env|headers|\w*[qQ]uery|details)\b[?)]*: (Readonly<)?Record</,
    'the environment, headers and queries: asked for fixed names'
  ],
  [/\b(reactions|regions)\??: Record<|react\(before: Record</, 'JSON objects, see LOOKED_UP'],
  [/^} (as const )?satisfies Record<string, \w+>$/, 'fixed names: their type is kept'],
  [/\b(type Values|values\?): Record<|type Values = Record</, 'names of places in our own sentences'],
  [/type Texts = Readonly<Record</, 'keys of our own texts'],
  [/type Row = Record</, 'column names of our own tables'],
  [/type Entry = Record</, 'field names of the adapter'],
  [/type IncomingEvents = Record</, 'events of a protocol, listed'],
  [/\bclients: Record<string, Connection>/, 'a shape of Engine.IO, listed'],
  [/type Fields = Record</, 'fields of our own stored records'],
  [/type RefusalBody = .* => Record</, 'a body, written only'],
  [/\(read: \(\) => Record<string, number>\)/, 'numbers for a metric, listed'],
  [/const types: Record<string, string> = \{/, 'types by the endings of our own built files']
]

const files = ['src', 'web'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file}`)
    .filter((file) => /\.tsx?$/.test(file) && !FOR_TESTS.test(file))
)

/** Lines with an object that may have any key for no reason, or that look up a chosen key. */
const faultsIn = (code: string) =>
  code
    .split('\n')
    .filter((line) => (ANY_KEY.test(line) && !REASONS.some(([known]) => known.test(line))) || LOOKED_UP.test(line))

test('an object may have any key only for a reason, and chosen keys of JSON are never looked up', () => {
  expect(files).toContain('web/state/rooms.ts')
  expect(
    files.flatMap((file) => faultsIn(readFileSync(join(ROOT, file), 'utf8')).map((line) => `${file}: ${line}`))
  ).toEqual([])
})

test.each([
  'const open = signal<Readonly<Record<string, OpenRoom>>>({})',
  'const drafts: { [room: string]: string } = {}',
  'const count = regions[who.region] ?? 0',
  'const people = (message.reactions ?? {})[emoji]'
])('a planted line is found: %s', (line) => expect(faultsIn(line)).toEqual([line]))
