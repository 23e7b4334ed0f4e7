// Events as they come over the wire: with the whole message, as version 1 sends all of them, or with what they changed.
import type { ChangeEvent, EventKind, Message, RoomEvent, WireEvent } from '../../src/contract.ts'

/** Kinds of a newer server's take their number in the order, and nothing else. */
const KINDS: readonly EventKind[] = ['sent', 'edited', 'removed', 'reacted']
export const isKnown = ({ kind }: WireEvent) => KINDS.includes(kind)

export const isWhole = (event: WireEvent): event is RoomEvent => 'message' in event

/** The message after a change that follows on `held`. The same object when a later event of the list says what changed. */
export function changed(held: Message, event: ChangeEvent): Message {
  const { kind, seq, by, at, text, emoji } = event
  switch (kind) {
    case 'edited':
      return text === undefined ? held : { ...held, rev: seq, text, editedAt: at }
    case 'removed':
      return { id: held.id, seq: held.seq, rev: seq, at: held.at, by: held.by, text: '', removed: true }
    case 'reacted':
      return by.id === null || emoji === undefined ? held : reacted({ ...held, rev: seq }, by.id, emoji)
    case 'sent':
      return held
    default:
      kind satisfies never
      return held
  }
}

/** `person` has chosen exactly these emoji from now on. In the server's order: new choices come last. */
function reacted({ reactions = {}, ...rest }: Message, person: string, emoji: readonly string[]): Message {
  const all = new Map(
    Object.entries(reactions).flatMap(([one, people]) => {
      const stay = emoji.includes(one) ? people : people.filter((id) => id !== person)
      return stay.length > 0 ? [[one, stay]] : []
    })
  )
  for (const one of emoji) {
    const people = all.get(one) ?? []
    if (!people.includes(person)) all.set(one, [...people, person])
  }
  return all.size > 0 ? { ...rest, reactions: Object.fromEntries(all) } : rest
}
