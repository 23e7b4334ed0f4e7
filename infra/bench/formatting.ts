// How long the formatting of a message takes: 20,000 hard texts of 16 KB, each within 20 ms of processor time.
// node infra/bench/formatting.ts
import { format } from '../../web/formatting/format.ts'
import { cpuMs, hardTexts } from '../testing/formatted-texts.ts'

const TEXTS = 20_000
const LENGTH = 16_384
const PROMISE_MS = 20

let slowest: { ms: number; beginning: string }[] = []
let total = 0
for (const text of hardTexts(TEXTS, LENGTH)) {
  const ms = cpuMs(() => format(text), PROMISE_MS / 2)
  total += ms
  slowest = [...slowest, { ms, beginning: text.slice(0, 60) }].toSorted((a, b) => b.ms - a.ms).slice(0, 5)
}
console.log(`${TEXTS} texts of ${LENGTH} characters: ${(total / TEXTS).toFixed(2)} ms on average; the slowest:`)
for (const { ms, beginning } of slowest) console.log(`${ms.toFixed(1).padStart(7)} ms  ${JSON.stringify(beginning)}`)
if (slowest[0]!.ms > PROMISE_MS) process.exitCode = 1
