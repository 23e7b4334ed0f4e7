// Home-made words are replaced by the terms of Socket.IO, Phoenix and Kafka. This test counts the retired words in identifiers,
// comments and test names. The limits are today's counts; they may only be lowered.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../../..')
const CODE = /\.(tsx?|mjs|js|css|html|py)$/
/** This list itself. */
const HERE = 'retired-words.test.ts'

/** The words, the term instead, and how often they may still be there. */
const RETIRED: readonly [words: string, instead: string, atMost: number][] = [
  ['letter letters', 'bus message', 58],
  ['hear hears heard hearing', 'receive, onMessage', 63],
  ['tell tells told telling', 'send, deliver, publish', 53],
  ['tail tails', 'room feed', 1],
  ['union everybody absorb', 'presence view, merge', 15],
  ['roster keeper', 'local members, lease writer', 1],
  ['arrival arrivals lands landed', 'pending join, batch, flush', 4],
  ['beat beats errand errands glance glances', 'tick, store call, probe', 0],
  ['hold held', 'grace period, keep, have', 92],
  ['said', 'left (departure), payload, text', 77],
  ['afresh stands kept', 'cold, in the log, stored', 240],
  ['doors ears', 'dependencies, callbacks', 2],
  ['door seal wires', 'admission, encryption, sockets', 7],
  ['payer charge portion portions', 'rate limit, response cap', 7],
  ['fate patience pace rests', 'delivery status, backoff, backing off', 30],
  ['deed deeds visit visits town towns', 'operation, request, simulation', 21],
  ['stage stages scene scenes floors', 'fixture, minimum versions', 6],
  ['borrowed vocabulary vocabularies', 'compatible client, protocol', 1],
  ['word', 'event, text', 90],
  ['wire', 'protocol, socket', 173],
  ['trouble troubles', 'error', 2],
  ['wakes sleeps asleep', 'start, stop when idle', 33]
]

/** Names that running clients, stores and dashboards depend on, or terms of others. They are left out of the count. */
const ALLOWED: readonly [name: RegExp, reason: string][] = [
  [/\btaifas_\w+/g, 'names of metrics'],
  [/:letters\b/g, 'the key of the bus in Redis'],
  [/\bhears\??: (boolean|true|false)|details\??\.hears/g, 'a field of /health/ready'],
  [/\bhold(s|ing)? (the |a )?lock/g, 'a term of SQLite'],
  [/\b(proxy|build|image|Docker)\w*[ -]stages?\b/gi, 'a term of Docker']
]

/** How often each word stands in a text, whatever its case; `heardAt` and `HEARD_AT` are `heard` and `at`. */
function wordsIn(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  const counted = ALLOWED.reduce((rest, [name]) => rest.replaceAll(name, ' '), text)
  for (const [word] of counted.matchAll(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g))
    counts.set(word.toLowerCase(), (counts.get(word.toLowerCase()) ?? 0) + 1)
  return counts
}

const total = (counts: Map<string, number>, words: string) =>
  words.split(' ').reduce((sum, word) => sum + (counts.get(word) ?? 0), 0)

test('retired words do not come back', () => {
  const files = ['src', 'web', 'infra'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => CODE.test(file) && !file.endsWith(HERE))
      .map((file) => join(ROOT, folder, file))
  )
  const counts = wordsIn(files.map((file) => readFileSync(file, 'utf8')).join('\n'))
  const more = RETIRED.filter(([words, , atMost]) => total(counts, words) > atMost)
  expect(
    more.map(
      ([words, instead, atMost]) => `${words}: ${total(counts, words)} times instead of ${atMost}; write "${instead}"`
    )
  ).toEqual([])
})

test.each([
  ['const heardAt = 1', 'heard', 1],
  ['HEARD_AT_MS // is heard by all', 'heard', 2],
  ['`{taifas}:letters`', 'letters', 0],
  ['taifas_letters_total', 'letters', 0],
  ['a seal, resealed', 'seal', 1]
])('the words of "%s" hold %s so often: %i', (text, word, times) => expect(total(wordsIn(text), word)).toBe(times))
