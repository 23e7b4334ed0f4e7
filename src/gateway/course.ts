// The course protocol, for existing clients: one room, the lobby; a refusal is an `error` event to the client that caused it.
import * as v from 'valibot'
import type { Announcement, Chat } from '../chat/chat.ts'
import { guestName } from '../chat/guest-name.ts'
import { claimedName } from '../chat/rules.ts'
import { LOBBY, isId, newId } from '../contract.ts'
import { asCourse } from '../contract/compatible.ts'
import { ChatError, StoreUnavailable } from '../errors.ts'
import type { People } from '../presence/presence.ts'
import { onSpoken, type ChatServer, type ChatSocket, type Protocol } from './protocol.ts'

const sending = v.object({ username: v.string(), content: v.string() })
const deleting = v.object({ messageId: v.string() })

export function createCourse(options: {
  io: ChatServer
  chat: Chat
  people: People
  onError(cause: unknown): void
}): Protocol {
  const { io, chat, people, onError } = options
  return {
    listen(socket: ChatSocket) {
      const on = onSpoken(socket, 'course')

      on('message', (payload) => {
        const read = v.safeParse(sending, payload)
        const name = read.success ? claimedName(read.output.username) : null
        if (!read.success || name === null) return refuse(socket, 'Error sending message')
        const caller = { ...socket.data.caller, name: guestName(people, name) }
        chat
          .send(caller, { room: LOBBY, id: newId(), text: read.output.content })
          .catch((cause: unknown) => refuse(socket, sentenceFor(cause, 'Error sending message')))
      })

      on('deleteMessage', (payload) => {
        const read = v.safeParse(deleting, payload)
        if (!read.success) return refuse(socket, 'Error deleting message')
        const { messageId } = read.output
        if (!isId(messageId)) return refuse(socket, 'Message not found')
        chat
          .remove(socket.data.caller, { room: LOBBY, id: newId(), message: messageId })
          .catch((cause: unknown) => refuse(socket, sentenceFor(cause, 'Error deleting message')))
      })
    },

    announce(announcement: Announcement) {
      if (announcement.kind !== 'events' || announcement.list.room !== LOBBY) return
      const receivers = io.local.to('course')
      for (const { kind, message } of announcement.list.events) {
        // A message that is removed by now is sent empty, so that its removal has something to follow.
        if (kind === 'sent') receivers.emit('message', asCourse(message))
        if (kind === 'removed') receivers.emit('messageDeleted', { messageId: message.id })
      }
    }
  }

  function refuse(socket: ChatSocket, message: string) {
    socket.emit('error', { message })
  }

  function sentenceFor(cause: unknown, otherwise: string): string {
    if (!(cause instanceof ChatError)) {
      onError(cause)
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
      case 'read-only':
      case 'room-closed':
        return 'Nobody but moderators may write here at the moment.'
      case 'slow-mode':
      case 'too-fast':
        return `Too many messages. Please wait ${Math.ceil((cause.retryAfterMs ?? 1_000) / 1_000)} s and try again.`
      default:
        return otherwise
    }
  }
}
