// What a person does in rooms: writes, sends, changes and removes.
import { newId, type Message, type Receipt, type Reply, type Room } from '../../src/contract.ts'
import type { openOutbox } from '../engine/outbox/outbox.ts'
import type { measureProximity } from '../engine/proximity.ts'
import type { Ask } from '../engine/socket.ts'
import type { announceTyping } from '../engine/typing.ts'
import { ofEdit, ofRoom, type Drafts } from './drafts.ts'
import type { Rooms } from './rooms.ts'
import type { trackWriting } from './writing.ts'

export interface VerbsDeps {
  ask: Ask
  rooms: Pick<Rooms, 'open' | 'clearLine' | 'added' | 'removed'>
  outbox: Pick<ReturnType<typeof openOutbox>, 'add'>
  drafts: Drafts
  typing: Pick<ReturnType<typeof announceTyping>, 'typed' | 'sent'>
  writing: Pick<ReturnType<typeof trackWriting>, 'hindrance'>
  proximity: Pick<ReturnType<typeof measureProximity>, 'sent'>
}

export function chatVerbs({ ask, rooms, outbox, drafts, typing, writing, proximity }: VerbsDeps) {
  /** The content of a room's text box: a text, and the message that it answers; null: none. */
  function write(room: string, changed: { text?: string; replyTo?: string | null }) {
    const id = ofRoom(room)
    const before = drafts.of(id).peek()
    const { text, replyTo } = { text: before?.text ?? '', replyTo: before?.replyTo ?? null, ...changed }
    if (text === '' && replyTo === null) drafts.drop(id)
    else drafts.set(id, { text, ...(replyTo !== null && { replyTo }) })
  }

  return {
    write,

    typed(room: string, text: string) {
      drafts.typed(ofRoom(room))
      write(room, { text })
      // Nobody waits for what can't be sent.
      const known = rooms.open.value.get(room)?.room.value
      if (!known || !writing.hindrance(known)) typing.typed(room, text)
    },

    /** Says something in a room: on the screen at once, on its way as soon as may be. */
    say(room: string, text: string) {
      typing.sent()
      rooms.clearLine(room)
      const replyTo = drafts.of(ofRoom(room)).peek()?.replyTo
      const id = newId()
      proximity.sent(id)
      outbox.add(room, text, { id, ...(replyTo !== undefined && { replyTo }) })
      drafts.drop(ofRoom(room))
    },

    /** `id` names this attempt: trying it again changes nothing twice. */
    edit: (room: string, message: Message, text: string, id: string): Promise<Reply<Receipt>> =>
      ask('message:edit', { room, id, message: message.id, text }),

    async remove(room: string, message: Message): Promise<Reply<Receipt>> {
      const reply = await ask('message:remove', { room, id: newId(), message: message.id })
      if (reply.ok) drafts.drop(ofEdit(message.id))
      return reply
    },

    react: (room: string, message: Message, emoji: string, on: boolean): Promise<Reply<Receipt>> =>
      ask('message:react', { room, id: newId(), message: message.id, emoji, on }),

    async pin(room: string, message: string, on: boolean): Promise<Reply<Room>> {
      const reply = await ask('message:pin', { room, message, on })
      if (reply.ok) rooms.added(reply.value)
      return reply
    },

    /** Removes an empty room. The others learn of it from the server. */
    async removeRoom(room: string): Promise<Reply<null>> {
      const reply = await ask('room:remove', { room })
      if (reply.ok) rooms.removed(room)
      return reply
    }
  }
}
