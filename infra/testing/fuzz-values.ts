// Payloads for fuzzing, made from a schema: valid ones, and valid ones of which something is wrong. Every value follows from a seed.
import * as v from 'valibot'

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    below,
    chance: (probability) => next() < probability,
    pick: <T>(list: readonly T[]) => {
      if (list.length === 0) throw new Error('nothing to pick from')
      return list[below(list.length)] as T
    }
  }
}

export interface Random {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number
  chance(probability: number): boolean
  /** @throws when the list is empty */
  pick<T>(list: readonly T[]): T
}

type Schema = v.GenericSchema<unknown, unknown>

/** Values that break programs: wrong kinds, limits, other people's property names, halves of characters. */
export const hostile: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER + 1,
  '',
  ' ',
  '\0',
  '\ud800',
  '\u202e',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '../../etc/passwd',
  '${x}{{x}}<script>',
  'x'.repeat(16_001),
  '😀'.repeat(4_001),
  '\n'.repeat(3_000),
  'e' + '\u0301'.repeat(300),
  [],
  [[[[[[[[]]]]]]]],
  {},
  { __proto__: null, polluted: true },
  JSON.parse('{"__proto__":{"polluted":true}}') as unknown,
  { constructor: { prototype: { polluted: true } } },
  JSON.parse('{"toString":1,"valueOf":1,"toJSON":1,"then":1,"length":-1}') as unknown,
  { _placeholder: true, num: 0 }
]

const propertyNames = ['extra', '', '__proto__', 'constructor', 'toString', 'then', 'by', 'at', 'seq']

/** An address of a push service, where none is. */
const PUSH = 'https://push.example.org/device'

/** A value that the schema accepts; what is no object is taken from `known` or from a few simple values. */
export function validFor(schema: Schema, random: Random, known: readonly unknown[]): unknown {
  if (isOptional(schema)) return random.chance(0.5) ? undefined : validFor(schema.wrapped, random, known)
  if (isObject(schema))
    return Object.fromEntries(
      Object.entries(schema.entries).map(([key, entry]) => [key, validFor(entry, random, known)])
    )
  if (isArray(schema)) return [validFor(schema.item, random, known)]
  const simple = [
    true,
    false,
    0,
    1,
    2,
    50,
    3_600_000,
    'x',
    'some text',
    'member',
    'mentions',
    PUSH,
    null,
    '👍',
    ...known
  ]
  return random.pick(simple.filter((value) => v.is(schema, value)))
}

/** A valid value of which one thing is wrong: a field is replaced, missing or added, or all of it is something else. */
export function brokenFor(schema: Schema, random: Random, known: readonly unknown[]): unknown {
  const valid = validFor(schema, random, known)
  if (typeof valid !== 'object' || valid === null || random.chance(0.15)) return random.pick(hostile)
  const fields = Object.entries(valid)
  const kind = random.below(4)
  if (kind === 0) return fields.map(([, value]) => value)
  if (kind === 1) return { ...valid, [random.pick(propertyNames)]: random.pick(hostile) }
  if (fields.length === 0) return random.pick(hostile)
  const [name, value] = random.pick(fields)
  if (kind === 2) return Object.fromEntries(fields.filter(([key]) => key !== name))
  const deeper = typeof value === 'object' && value !== null && random.chance(0.5)
  return {
    ...valid,
    [name]: deeper ? { ...value, [random.pick(Object.keys(value))]: random.pick(hostile) } : random.pick(hostile)
  }
}

/** The text with some characters replaced, repeated, removed or swapped for hostile ones. */
export function garbled(text: string, random: Random): string {
  let result = text
  for (let times = 1 + random.below(4); times > 0; times -= 1) {
    const at = random.below(result.length + 1)
    const piece = random.pick([
      '',
      '"',
      '[',
      ']',
      '{',
      '}',
      ',',
      '-',
      '/',
      ':',
      '0',
      '9',
      '\u001e',
      '\0',
      '\ud800',
      result.slice(at, at + 20)
    ])
    result = result.slice(0, at) + piece + result.slice(at + random.below(6))
  }
  return result
}

function isObject(schema: Schema): schema is Schema & { entries: Record<string, Schema> } {
  return schema.type === 'object'
}

function isArray(schema: Schema): schema is Schema & { item: Schema } {
  return schema.type === 'array'
}

function isOptional(schema: Schema): schema is Schema & { wrapped: Schema } {
  return schema.type === 'optional'
}
