// Events on the wire: with the whole message, as version 1 sends all of them, or with the change only.
import type { ChangeEvent, EventKind, Message, RoomEvent, WireEvent } from '../../src/contract.ts'

/** An event of a newer server's kind takes its seq and has no other effect. */
const KINDS: readonly EventKind[] = ['sent', 'edited', 'removed', 'reacted']
export const isKnown = ({ kind }: WireEvent) => KINDS.includes(kind)

export const isWhole = (event: WireEvent): event is RoomEvent => 'message' in event

/** The message after this change. The same object when a later event of the list has the change. */
export function changed(before: Message, event: ChangeEvent): Message {
  const { kind, seq, by, at, text, mentions, emoji } = event
  switch (kind) {
    case 'edited':
      if (text === undefined) return before
      return withMentions({ ...before, rev: seq, text, editedAt: at }, mentions)
    case 'removed':
      return { id: before.id, seq: before.seq, rev: seq, at: before.at, by: before.by, text: '', removed: true }
    case 'reacted':
      return by.id === null || emoji === undefined ? before : reacted({ ...before, rev: seq }, by.id, emoji)
    case 'sent':
    case 'member':
      return before
    default:
      kind satisfies never
      return before
  }
}

/** `person` has chosen exactly these emoji. In the server's order: new choices come last. */
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

/** The message with these mentions in place of its own. */
function withMentions(message: Message, mentions: Message['mentions']): Message {
  const { mentions: _before, ...rest } = message
  return mentions ? { ...rest, mentions } : rest
}
