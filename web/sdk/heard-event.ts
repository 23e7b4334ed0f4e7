// An event as a handler receives it: with the state of its message, and with ids that stay the same when the event is repeated.
import {
  WHOLE_ROOM,
  type ChangeEvent,
  type Cursor,
  type Message,
  type Receipt,
  type RoomEvent,
  type WireEvent
} from '../../src/contract.ts'
import { isKnown, isWhole } from '../engine/wire-events.ts'
import type { HeardEvent, SendOptions } from './api.ts'
import { derivedId } from './keys.ts'

/** `handler`: its number; `me`: the id of the client's person. */
export async function heardEvent(
  event: RoomEvent,
  options: {
    room: string
    epoch: string
    handler: number
    me: string
    send(text: string, options: SendOptions): Promise<Receipt>
  }
): Promise<HeardEvent> {
  const { room, epoch, handler, me, send } = options
  const { kind, seq, id, at, by, message } = event
  const { mentions = [] } = message
  const key = await derivedId('event', room, epoch, seq, id)
  let replies = 0
  let last: Promise<unknown> = Promise.resolve()
  return {
    kind,
    seq,
    id,
    at,
    by,
    message,
    room,
    epoch,
    key,
    mentions,
    mine: by.id === me,
    mentionsMe: message.by.id !== me && mentions.some((one) => [me, WHOLE_ROOM].includes(one.id)),
    idFor: (purpose) => derivedId('deed', key, me, handler, purpose),
    // In the order of the calls, however long the ids take.
    reply(text) {
      const id = derivedId('reply', key, me, handler, replies++)
      const inOrder = last.then(() => id)
      last = inOrder
      return inOrder.then((id) => send(text, { id, replyTo: message.id }))
    }
  }
}

export const cursorAt = (epoch: string, { seq, id }: Pick<Cursor, 'seq' | 'id'>): Cursor => ({ epoch, seq, id })

/** Only the last event about a message has its state. The earlier ones get the same. */
export function filled(events: readonly WireEvent[]): WireEvent[] {
  const messages = new Map<string, Message>()
  return events
    .toReversed()
    .map((event) => {
      if (!isKnown(event)) return event
      if (isWhole(event)) messages.set(event.message.id, event.message)
      const message = isWhole(event) ? undefined : messages.get(event.of.id)
      return !isWhole(event) && message ? withMessage(event, message) : event
    })
    .toReversed()
}

export function withMessage(event: ChangeEvent, message: Message): RoomEvent {
  const { v, seq, kind, id, at, by } = event
  return { v, seq, kind, id, at, by, message }
}
