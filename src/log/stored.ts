// The shapes of stored and sent data. They are checked whenever data is read as JSON, because another version may have written it.
import * as v from 'valibot'
import { LOBBY, type Author, type MemberChange, type Message, type Room, type RoomEvent } from '../contract.ts'

const text = v.string()
const whole = v.pipe(v.number(), v.safeInteger())

export const storedAuthor: v.GenericSchema<unknown, Author> = v.object({ id: v.nullable(text), name: text })

export const storedReactions = v.record(text, v.array(text))

export const storedMentions = v.array(v.object({ id: text, name: text }))

export const storedMessage: v.GenericSchema<unknown, Message> = v.object({
  id: text,
  seq: whole,
  rev: whole,
  at: v.number(),
  by: storedAuthor,
  text,
  replyTo: v.exactOptional(text),
  editedAt: v.exactOptional(v.number()),
  removed: v.exactOptional(v.literal(true)),
  reactions: v.exactOptional(storedReactions),
  mentions: v.exactOptional(storedMentions)
})

const kind = text as v.GenericSchema<unknown, RoomEvent['kind']>
const head = { v: whole, seq: whole, kind, id: text, at: v.number(), by: storedAuthor }

const memberChange: v.GenericSchema<unknown, MemberChange> = v.object({
  what: v.picklist(['joined', 'left', 'removed', 'owner']),
  person: v.object({ id: text, name: text })
})

/** An event as sent. An unknown kind of a newer version is accepted, because it has a number in the order. */
export const storedEvent: v.GenericSchema<unknown, RoomEvent> = v.object({
  ...head,
  message: storedMessage,
  member: v.exactOptional(memberChange)
})

/** An event as stored: it names its message by id and seq, and never holds text. One of kind `member` has its change in that place. */
export interface Envelope extends Omit<RoomEvent, 'message'> {
  message: string
  of: number
}
export const storedEnvelope: v.GenericSchema<unknown, Envelope> = v.object({ ...head, message: text, of: whole })

/** Settings of a room; those of a newer version are left out. */
export const storedSettings = v.object({
  topic: v.exactOptional(text),
  slowSeconds: v.exactOptional(whole),
  readOnly: v.exactOptional(v.literal(true)),
  archived: v.exactOptional(v.literal(true)),
  history: v.exactOptional(v.literal(true)),
  pins: v.exactOptional(v.array(text)),
  rev: v.exactOptional(whole)
})

export const storedRoom: v.GenericSchema<unknown, Room> = v.object({
  id: text,
  title: text,
  by: v.nullable(text),
  at: v.number(),
  ...storedSettings.entries
})

/** Members by id. `since`: the seq of the event by which they joined; 0 for those of the beginning. */
export const storedMembers = v.record(
  text,
  v.object({ name: text, since: whole, silent: v.exactOptional(v.literal(true)) })
)

const storedChange = v.pipe(text, v.parseJson(), memberChange)
export const memberChangeText = ({ what, person: { id, name } }: MemberChange): string =>
  JSON.stringify({ what, person: { id, name: name.toWellFormed() } })
/** Undefined for one that this version does not understand. */
export function readMemberChange(stored: string): MemberChange | undefined {
  const read = v.safeParse(storedChange, stored)
  return read.success ? read.output : undefined
}

/** The room that always exists. */
export const lobbyMadeAt = (at: number): Room => ({ id: LOBBY, title: 'Lobby', by: null, at })
