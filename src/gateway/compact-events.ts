// Events as version 2 of the wire sends them. A whole message goes out where its receivers may not hold it; every other event
// says only what it changed, so that a reaction to a long message costs every receiver a few bytes.
import type { ChangeEvent, EventKind, Message, RoomEvent, WireEvent } from '../contract.ts'

const KINDS: readonly EventKind[] = ['sent', 'edited', 'removed', 'reacted']

/** What a list says about one message. */
interface Story {
  /** The newest state of the message that the list knows. */
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
 * The same events in the same order, with what they say about a message said once: by the last of them where a whole message
 * or a new text is needed. Events of unknown kinds stay as they are.
 */
export function compactEvents(events: readonly RoomEvent[]): WireEvent[] {
  const stories = new Map<string, Story>()
  for (const event of events) if (isKnown(event)) tell(stories, event)
  return events.map((event) => {
    const story = isKnown(event) ? stories.get(event.message.id) : undefined
    return story ? compact(event, story) : event
  })
}

function tell(stories: Map<string, Story>, event: RoomEvent) {
  const { seq, kind, message } = event
  const known = stories.get(message.id)
  stories.set(message.id, {
    newest: known && known.newest.rev > message.rev ? known.newest : message,
    last: seq,
    lastEdit: kind === 'edited' ? seq : (known?.lastEdit ?? 0),
    sent: kind === 'sent' || (known?.sent ?? false),
    removed: kind === 'removed',
    exact: isExact(event) && (known?.exact ?? true)
  })
}

function compact(event: RoomEvent, story: Story): WireEvent {
  const { newest, last, lastEdit, sent, removed, exact } = story
  const { message, ...head } = event
  // Nobody is sent a text that was removed since: the tombstone is the whole message then.
  const whole = !exact || (sent && removed)
  if (event.kind === 'sent' && !whole) return event
  if (whole && event.seq === last) return { ...head, message: newest }
  const bare: ChangeEvent = { ...head, of: { id: message.id, seq: message.seq } }
  if (whole || removed) return bare
  if (event.seq === lastEdit) return { ...bare, text: message.text }
  if (event.kind === 'reacted') return { ...bare, emoji: chosenBy(event.by.id, message) }
  return bare
}

/**
 * Whether the event carries its message as it stood right after the event. One that was read from the log later carries a newer
 * state, or a tombstone for a message that was trimmed away: its receivers can't derive either from what they hold.
 */
function isExact({ seq, kind, message }: RoomEvent): boolean {
  return message.rev === seq && (kind === 'removed') === (message.removed ?? false)
}

function chosenBy(person: string | null, { reactions = {} }: Message): string[] {
  if (person === null) return []
  return Object.entries(reactions).flatMap(([emoji, people]) => (people.includes(person) ? [emoji] : []))
}

// A newer version's event may be about no message at all, whatever its type says.
const isKnown = (event: RoomEvent) => KINDS.includes(event.kind)
