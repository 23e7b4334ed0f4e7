// One answer is bounded in bytes as well as in number: five hundred of the longest messages are eight megabytes, which a slow line
// never gets through and a careless one makes the process hold.
import type { Message, Page, Sync } from '../contract.ts'

/** Well below the high-water mark of a connection, so that whoever catches up is never cut for it. */
export const PORTION_MAX_BYTES = 256_000
/** Ids, names and punctuation around a text, roughly. */
const FRAME_BYTES = 400
const REACTION_BYTES = 30

/** The answer, or as much of it as fits: the first events, or the newest messages. Never nothing where there was something. */
export function portionOfSync(sync: Sync, maxBytes = PORTION_MAX_BYTES): Sync {
  if (sync.kind === 'fresh') return { ...sync, ...portionOfPage(sync, maxBytes) }
  const count = fitting(
    sync.events.map((event) => weigh(event.message)),
    maxBytes
  )
  const last = sync.events[count - 1]
  if (!last || count === sync.events.length) return sync
  const cursor = { epoch: sync.cursor.epoch, seq: last.seq, id: last.id }
  return { kind: 'events', cursor, events: sync.events.slice(0, count), more: true }
}

/** The newest messages of a page that fit. */
export function portionOfPage({ messages, older }: Page, maxBytes = PORTION_MAX_BYTES): Page {
  const count = fitting(messages.map(weigh).toReversed(), maxBytes)
  return count === messages.length ? { messages, older } : { messages: messages.slice(-count), older: true }
}

/** How many of these, from the first on, stay within; at least one. */
function fitting(weights: number[], maxBytes: number): number {
  let sum = 0
  const over = weights.findIndex((weight, place) => (sum += weight) > maxBytes && place > 0)
  return over < 0 ? weights.length : over
}

function weigh({ text, reactions }: Message): number {
  const chosen = Object.values(reactions ?? {}).reduce((count, people) => count + people.length, 0)
  return FRAME_BYTES + Buffer.byteLength(text) + chosen * REACTION_BYTES
}
