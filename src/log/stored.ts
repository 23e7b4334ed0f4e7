// The shapes of what is kept and carried, checked whenever it comes back as JSON: a store may hold what another version wrote.
import * as v from 'valibot'
import { LOBBY, type Author, type Message, type Room, type RoomEvent } from '../contract.ts'

const text = v.string()
const whole = v.pipe(v.number(), v.safeInteger())

export const storedAuthor: v.GenericSchema<unknown, Author> = v.object({ id: v.nullable(text), name: text })

export const storedReactions = v.record(text, v.array(text))

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
  reactions: v.exactOptional(storedReactions)
})

const kind = text as v.GenericSchema<unknown, RoomEvent['kind']>
const head = { v: whole, seq: whole, kind, id: text, at: v.number(), by: storedAuthor }

/** An event as carried. An unknown kind of a newer version is let through: it takes its number in the order. */
export const storedEvent: v.GenericSchema<unknown, RoomEvent> = v.object({ ...head, message: storedMessage })

/** An event as kept: it points at its message, by id and by seq, and never holds text. */
export interface Envelope extends Omit<RoomEvent, 'message'> {
  message: string
  of: number
}
export const storedEnvelope: v.GenericSchema<unknown, Envelope> = v.object({ ...head, message: text, of: whole })

export const storedRoom: v.GenericSchema<unknown, Room> = v.object({
  id: text,
  title: text,
  by: v.nullable(text),
  at: v.number()
})

/** The room that is always there. */
export const lobbyMadeAt = (at: number): Room => ({ id: LOBBY, title: 'Lobby', by: null, at })
