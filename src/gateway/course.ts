// The words of the course chat, spoken by clients we can't change (wire.md §2): one room, the lobby; refusals are `error`
// to the one who asked.
import * as v from 'valibot'
import type { Announcement, Chat } from '../chat/chat.ts'
import { ChatError, StoreUnavailable } from '../errors.ts'
import { guestName } from '../chat/guest-name.ts'
import type { People } from '../presence/presence.ts'
import { claimedName } from '../chat/rules.ts'
import { LOBBY, isId, newId, type Message } from '../contract.ts'
import type { CourseMessage } from './compatible-events.ts'
import { GUESTS, type ChatServer, type ChatSocket, type Protocol } from './protocol.ts'

const said = v.object({ username: v.string(), content: v.string() })
const pointed = v.object({ messageId: v.string() })

export function createCourse(options: {
  io: ChatServer
  chat: Chat
  people: People
  onFault(cause: unknown): void
}): Protocol {
  const { io, chat, people, onFault } = options
  return {
    listen(socket: ChatSocket) {
      socket.on('message', (payload) => {
        const read = v.safeParse(said, payload)
        const name = read.success ? claimedName(read.output.username) : null
        if (!read.success || name === null) return refuse(socket, 'Error sending message')
        const caller = { ...socket.data.caller, name: guestName(people, name) }
        chat
          .send(caller, { room: LOBBY, id: newId(), text: read.output.content })
          .catch((cause: unknown) => refuse(socket, sentenceFor(cause, 'Error sending message')))
      })

      socket.on('deleteMessage', (payload) => {
        const read = v.safeParse(pointed, payload)
        if (!read.success) return refuse(socket, 'Error deleting message')
        const { messageId } = read.output
        if (!isId(messageId)) return refuse(socket, 'Message not found')
        chat
          .remove(socket.data.caller, { room: LOBBY, id: newId(), message: messageId })
          .catch((cause: unknown) => refuse(socket, sentenceFor(cause, 'Error deleting message')))
      })
    },

    announce(happened: Announcement) {
      if (happened.kind !== 'events' || happened.list.room !== LOBBY) return
      for (const { kind, message } of happened.list.events) {
        // A message that was removed before it could be told is told all the same, empty: its removal comes next, and may
        // not come before it.
        if (kind === 'sent') io.local.to(GUESTS).emit('message', asCourse(message))
        if (kind === 'removed') io.local.to(GUESTS).emit('messageDeleted', { messageId: message.id })
      }
    }
  }

  function refuse(socket: ChatSocket, message: string) {
    socket.emit('error', { message })
  }

  function sentenceFor(cause: unknown, otherwise: string): string {
    if (!(cause instanceof ChatError)) {
      onFault(cause)
      return cause instanceof StoreUnavailable
        ? 'The chat cannot be reached right now. Please try again in a moment.'
        : otherwise
    }
    switch (cause.reason) {
      case 'no-message':
        return 'Message not found'
      case 'not-allowed':
        return 'Not allowed'
      case 'store-full':
        return 'The chat is full. Please try again later.'
      case 'too-fast':
        return `Too many messages. Please wait ${Math.ceil((cause.retryAfterMs ?? 1_000) / 1_000)} s and try again.`
      default:
        return otherwise
    }
  }
}

function asCourse({ id, by, text, seq, at }: Message): CourseMessage {
  return { id, username: by.name, content: text, seq, createdAt: new Date(at).toISOString() }
}
