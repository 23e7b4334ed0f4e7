// Applies a change to its message, or refuses it. The embedded store uses this; the Redis scripts do the same in Lua, and
// same-in-both-stores.redis.test.ts compares them.
import {
  REACTIONS_MAX_EMOJI,
  REACTIONS_MAX_PER_MESSAGE,
  REACTIONS_MAX_PER_PERSON,
  STORED_VERSION,
  type Author,
  type Message,
  type Reason,
  type RoomEvent
} from '../contract.ts'
import type { Change } from './message-log.ts'
import { readMemberChange, type Envelope } from './stored.ts'

/** The change in a form that every store can hold: no lone surrogates, and whole milliseconds. */
export function tidied(change: Change): Change {
  const by = { id: change.by.id, name: change.by.name.toWellFormed() }
  const common = { ...change, by, at: Math.trunc(change.at) }
  if ('text' in common) return { ...common, text: common.text.toWellFormed() }
  if ('emoji' in common) return { ...common, emoji: common.emoji.toWellFormed() }
  return common
}

/** The reason to refuse the change, or a function from the change's seq to the message after it. */
export function fold(change: Change, target: Message | null): Reason | ((seq: number) => Message) {
  if (change.kind === 'sent') {
    const { id, at, by, text, replyTo, mentions } = change
    const more = { ...(replyTo !== undefined && { replyTo }), ...(mentions && { mentions }) }
    return (seq) => ({ id, seq, rev: seq, at, by, text, ...more })
  }
  if (!target || target.removed) return 'no-message'
  const unowned = target.by.id === null
  const own = !unowned && target.by.id === change.by.id
  switch (change.kind) {
    case 'edited': {
      if (!own) return 'not-allowed'
      const { mentions: _before, ...rest } = target
      const { text, at: editedAt, mentions } = change
      return (rev) => ({ ...rest, rev, text, editedAt, ...(mentions && { mentions }) })
    }
    case 'removed': {
      if (!own && !unowned && !change.asModerator) return 'not-allowed'
      const { id, seq, at, by } = target
      return (rev) => ({ id, seq, rev, at, by, text: '', removed: true })
    }
    default: {
      change satisfies { kind: 'reacted' }
      if (change.by.id === null) return 'not-allowed'
      const { reactions: before, ...rest } = target
      const reactions = react(before ?? {}, change.emoji, change.by.id, change.on)
      if (reactions === 'reactions-full') return reactions
      return (rev) => ({ ...rest, rev, ...(reactions && { reactions }) })
    }
  }
}

// A Map, because an emoji is any short string, even one that every object inherits, such as `constructor`.
function react(before: Record<string, string[]>, emoji: string, person: string, on: boolean) {
  const all = new Map(Object.entries(before))
  const people = all.get(emoji) ?? []
  if (on && !people.includes(person)) {
    const count = [...all.values()].reduce((sum, some) => sum + some.length, 0)
    const mine = [...all.values()].filter((some) => some.includes(person)).length
    if (mine >= REACTIONS_MAX_PER_PERSON || count >= REACTIONS_MAX_PER_MESSAGE) return 'reactions-full'
    if (!people.length && all.size >= REACTIONS_MAX_EMOJI) return 'reactions-full'
    all.set(emoji, [...people, person])
  }
  if (!on) {
    const others = people.filter((id) => id !== person)
    if (others.length) all.set(emoji, others)
    else all.delete(emoji)
  }
  return all.size ? Object.fromEntries(all) : undefined
}

/** Whether a stored event is this verb, repeated. Guests have no id, so their name counts. */
export function isRepeat(stored: Pick<Envelope, 'kind' | 'by' | 'message'>, change: Change): boolean {
  const target = change.kind === 'sent' ? change.id : change.message
  return stored.kind === change.kind && stored.message === target && sameAuthor(stored.by, change.by)
}

function sameAuthor(one: Author, other: Author): boolean {
  return one.id === other.id && (one.id !== null || one.name === other.name)
}

/** The event with its message in its present state, or with a tombstone when the message was trimmed. */
export function joined(envelope: Envelope, message: Message | null): RoomEvent {
  const { v, seq, kind, id, at, by } = envelope
  const author = kind === 'sent' ? by : { id: null, name: '' }
  const member = kind === 'member' ? readMemberChange(envelope.message) : undefined
  const of = member ? '' : envelope.message
  const gone: Message = { id: of, seq: envelope.of, rev: seq, at, by: author, text: '', removed: true }
  return { v, seq, kind, id, at, by, message: message ?? gone, ...(member && { member }) }
}

/** The event that created a message. */
export function sending(message: Message): Envelope {
  const { id, seq, at, by } = message
  return { v: STORED_VERSION, seq, kind: 'sent', id, at, by, message: id, of: seq }
}
