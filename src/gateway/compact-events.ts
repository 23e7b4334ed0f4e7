// Events as version 5 of the native protocol sends them. A whole message is sent where receivers may not have it; every other event
// carries only what it changed, so that a reaction to a long message costs each receiver a few bytes.
import type { ChangeEvent, EventKind, Message, RoomEvent, WireEvent } from '../contract.ts'

const KINDS: readonly EventKind[] = ['sent', 'edited', 'removed', 'reacted']

/** What a list of events contains about one message. */
interface Summary {
  /** The newest state of the message in the list. */
  newest: Message
  /** Sequence numbers of the last event, and of the last edit. */
  last: number
  lastEdit: number
  sent: boolean
  removed: boolean
  /** Every event carries the message as it stood right after it. */
  exact: boolean
}

/**
 * The same events in the same order. Where a whole message or a new text is needed, only the last event of that message carries it.
 * Events of unknown kinds stay as they are.
 */
export function compactEvents(events: readonly RoomEvent[]): WireEvent[] {
  const summaries = new Map<string, Summary>()
  for (const event of events) if (isKnown(event)) add(summaries, event)
  return events.map((event) => {
    const summary = isKnown(event) ? summaries.get(event.message.id) : undefined
    return summary ? compact(event, summary) : event
  })
}

function add(summaries: Map<string, Summary>, event: RoomEvent) {
  const { seq, kind, message } = event
  const known = summaries.get(message.id)
  summaries.set(message.id, {
    newest: known && known.newest.rev > message.rev ? known.newest : message,
    last: seq,
    lastEdit: kind === 'edited' ? seq : (known?.lastEdit ?? 0),
    sent: kind === 'sent' || (known?.sent ?? false),
    removed: kind === 'removed',
    exact: isExact(event) && (known?.exact ?? true)
  })
}

function compact(event: RoomEvent, summary: Summary): WireEvent {
  const { newest, last, lastEdit, sent, removed, exact } = summary
  const { message, ...head } = event
  // A text that was removed since is not sent: the whole message is the tombstone then.
  const whole = !exact || (sent && removed)
  if (event.kind === 'sent' && !whole) return event
  if (whole && event.seq === last) return { ...head, message: newest }
  const bare: ChangeEvent = { ...head, of: { id: message.id, seq: message.seq } }
  if (whole || removed) return bare
  if (event.seq === lastEdit) {
    const { text, mentions } = message
    return { ...bare, text, ...(mentions && { mentions }) }
  }
  if (event.kind === 'reacted') return { ...bare, emoji: chosenBy(event.by.id, message) }
  return bare
}

/**
 * True when the event carries its message as of right after the event. An event that was read from the log later carries a newer state,
 * or a tombstone for a trimmed message: receivers can derive neither from what they have.
 */
function isExact({ seq, kind, message }: RoomEvent): boolean {
  return message.rev === seq && (kind === 'removed') === (message.removed ?? false)
}

function chosenBy(person: string | null, { reactions = {} }: Message): string[] {
  if (person === null) return []
  return Object.entries(reactions).flatMap(([emoji, people]) => (people.includes(person) ? [emoji] : []))
}

// An event of a newer version may have no message, whatever its type says.
const isKnown = (event: RoomEvent) => KINDS.includes(event.kind)
