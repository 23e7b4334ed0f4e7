// The size of an answer in bytes, estimated without encoding it. The stores stop reading at a size, and a read is charged by it.
import type { Message, Page, RoomEvent, Sync } from '../contract.ts'

/**
 * The most that one answer to a native client holds. Well below a connection's high-water mark, so that catching up never cuts a client
 * off.
 */
export const ANSWER_MAX_BYTES = 256_000
/** Ids, numbers and punctuation around a text. */
const MESSAGE_FRAME_BYTES = 200
const EVENT_FRAME_BYTES = 200
/** One person's id in the list of a reaction, and one emoji with its list. */
const REACTION_BYTES = 25
const EMOJI_BYTES = 40

/** The size of one message as JSON, in bytes. */
export function messageBytes({ text, by, reactions }: Message): number {
  const lists = reactions ? Object.values(reactions) : []
  const reacted = lists.reduce((sum, people) => sum + EMOJI_BYTES + people.length * REACTION_BYTES, 0)
  return MESSAGE_FRAME_BYTES + Buffer.byteLength(text) + Buffer.byteLength(by.name) + reacted
}

/** The size of one event as JSON, in bytes, with the message it carries. */
export function eventBytes({ by, message }: RoomEvent): number {
  return EVENT_FRAME_BYTES + Buffer.byteLength(by.name) + messageBytes(message)
}

/** The size of one event as JSON, in bytes, for a client that receives only what the event changed. */
export function changeBytes(event: RoomEvent): number {
  const { kind, by, message } = event
  if (kind === 'sent') return eventBytes(event)
  const text = kind === 'edited' ? Buffer.byteLength(message.text) : 0
  return EVENT_FRAME_BYTES + Buffer.byteLength(by.name) + text
}

/** The size of an answer of the log as JSON, in bytes. An answer without messages has size 0. */
export function answerBytes(answer: Sync | Page): number {
  if ('events' in answer) return answer.events.reduce((sum, event) => sum + eventBytes(event), 0)
  return answer.messages.reduce((sum, message) => sum + messageBytes(message), 0)
}
