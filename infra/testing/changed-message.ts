// What events do to messages, for clients of tests.
import type { ChangeEvent, Message, WireEvent } from '../../src/contract.ts'

/** The message of an event that sent it; a later event of the list may carry the message instead. */
export function messageIn(event: WireEvent, list: readonly WireEvent[]): Message {
  if ('message' in event) return event.message
  const whole = list.find((other) => 'message' in other && other.message?.id === event.of.id)
  if (!whole || !('message' in whole)) throw new Error(`nothing in the list carries message ${event.of.id}`)
  return whole.message
}

export function afterChange(event: ChangeEvent, held: Message): Message {
  const { id, seq, at, by } = held
  if (event.kind === 'removed') return { id, seq, rev: event.seq, at, by, text: '', removed: true }
  const { reactions, ...rest } = { ...held, ...changeOf(event, held), rev: event.seq }
  return reactions && Object.keys(reactions).length > 0 ? { ...rest, reactions } : rest
}

function changeOf({ at, by, text, emoji }: ChangeEvent, { reactions = {} }: Message): Partial<Message> {
  if (text !== undefined) return { text, editedAt: at }
  const all: Record<string, string[]> = {}
  for (const one of new Set([...Object.keys(reactions), ...(emoji ?? [])])) {
    const others = (reactions[one] ?? []).filter((person) => person !== by.id)
    const stays = reactions[one]?.includes(by.id ?? '') ? reactions[one] : [...others, by.id ?? '']
    const people = emoji?.includes(one) ? stays : others
    if (people.length > 0) all[one] = people
  }
  return emoji ? { reactions: all } : {}
}
