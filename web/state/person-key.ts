// A person's key from the person's id, as the server derives it: messages name their author by id, lists of people by key. It is the
// start of a SHA-256 digest. Written here because Web Crypto is asynchronous, and missing on pages without HTTPS.

const ROUNDS = 64
const BLOCK_BYTES = 64
const KEY_WORDS = 2
const KEY_CHARACTERS = 11
/** Keys are asked for at every drawing of a message. */
const CACHED_MAX = 1_000
const cache = new Map<string, string>()

const primes: number[] = []
for (let n = 2; primes.length < ROUNDS; n += 1) if (primes.every((prime) => n % prime !== 0)) primes.push(n)
const fraction = (value: number) => (value * 2 ** 32) | 0
const ROUND_KEYS = primes.map((prime) => fraction(Math.cbrt(prime) % 1))
const START = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime) % 1))

/** An id has 22 ASCII characters; one of more than 55 would need a second block, and is its own key. */
export function personKey(id: string): string {
  const known = cache.get(id)
  if (known !== undefined) return known
  if (cache.size >= CACHED_MAX) cache.clear()
  const key = id.length < BLOCK_BYTES - 8 ? keyOf(id) : id
  cache.set(id, key)
  return key
}

function keyOf(id: string): string {
  const digest = new DataView(new ArrayBuffer(KEY_WORDS * 4))
  for (const [place, bits] of digestOf(id).slice(0, KEY_WORDS).entries()) digest.setInt32(place * 4, bits)
  const base64 = btoa(String.fromCharCode(...new Uint8Array(digest.buffer)))
  return base64.replaceAll('+', '-').replaceAll('/', '_').slice(0, KEY_CHARACTERS)
}

const rotate = (bits: number, by: number) => (bits >>> by) | (bits << (32 - by))

/** SHA-256 of a text that fits into one block (FIPS 180-4). */
function digestOf(text: string): number[] {
  const block = new DataView(new ArrayBuffer(BLOCK_BYTES))
  Array.from(text, (character, place) => block.setUint8(place, character.charCodeAt(0)))
  block.setUint8(text.length, 0x80)
  block.setUint32(BLOCK_BYTES - 4, text.length * 8)
  const words = Array.from({ length: 16 }, (_, place) => block.getInt32(place * 4))
  for (let n = 16; n < ROUNDS; n += 1) {
    const [early, late] = [words[n - 15]!, words[n - 2]!]
    const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)
    const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10)
    words.push((words[n - 16]! + s0 + words[n - 7]! + s1) | 0)
  }
  let [a, b, c, d, e, f, g, h] = START as [number, number, number, number, number, number, number, number]
  for (const [n, bits] of words.entries()) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const one = (h + s1 + ((e & f) ^ (~e & g)) + ROUND_KEYS[n]! + bits) | 0
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0]
  }
  return [a, b, c, d, e, f, g, h].map((bits, place) => (bits + START[place]!) | 0)
}
