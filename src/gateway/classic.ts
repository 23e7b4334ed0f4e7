// The words of the classic chat example, spoken by clients we can't change (wire.md §1). It knows one place, the lobby,
// and no refusals: what can't be done is ignored.
import { randomBytes } from 'node:crypto'
import type { Announcement, Chat } from '../chat/chat.ts'
import { guestName } from '../chat/guest-name.ts'
import type { People } from '../chat/people.ts'
import { claimedName } from '../chat/rules.ts'
import { LOBBY, newId, type Present } from '../contract.ts'
import { GUESTS, type ChatServer, type ChatSocket, type Vocabulary } from './vocabulary.ts'

export interface ClassicOut {
  login: (counted: { numUsers: number }) => void
  'user-joined': (who: { username: string; numUsers: number }) => void
  'user-left': (who: { username: string; numUsers: number }) => void
  'new-message': (said: { username: string; message: string }) => void
  typing: (who: { username: string }) => void
  'stop-typing': (who: { username: string }) => void
}

export function createClassic(options: {
  io: ChatServer
  chat: Chat
  people: People
  region: string
  onFault(cause: unknown): void
}): Vocabulary {
  const { io, chat, people, region, onFault } = options
  /** Whose socket a guest is, so that nobody is told of themselves. */
  const socketOf = new Map<string, string>()
  /** Which socket said a message that is on its way. */
  const saidBy = new Map<string, string>()
  const count = () => people.view(LOBBY).count

  return {
    listen(socket: ChatSocket) {
      const { caller } = socket.data
      let who: Present | null = null
      let typing = false

      socket.on('add-user', (claimed) => {
        const name = claimedName(claimed)
        if (who || name === null) return
        try {
          chat.charge(caller)
        } catch {
          return
        }
        const username = guestName(people, name)
        const key = people.inherit(LOBBY, username) ?? randomBytes(8).toString('base64url')
        who = { key, name: username, guest: true, region }
        socket.data.caller = { ...caller, name: username }
        socketOf.set(key, socket.id)
        people.arrive(LOBBY, who, socket.id).then(() => socket.emit('login', { numUsers: count() }), onFault)
      })

      socket.on('new-message', (message) => {
        if (!who || typeof message !== 'string') return
        const id = newId()
        saidBy.set(id, socket.id)
        // Nothing to tell the sender: these words have no answer. A lost message isn't shown to anybody else either.
        chat.send(socket.data.caller, { room: LOBBY, id, text: message }).catch((cause: unknown) => {
          saidBy.delete(id)
          onFault(cause)
        })
      })

      socket.on('typing', () => setTyping(true))
      socket.on('stop-typing', () => setTyping(false))
      socket.on('disconnect', () => {
        if (!who) return
        socketOf.delete(who.key)
        if (typing) setTyping(false)
        people.leave(LOBBY, who.key, socket.id, 'said')
      })

      function setTyping(on: boolean) {
        if (!who || (!on && !typing)) return
        try {
          chat.setTyping(socket.data.caller, LOBBY, who, on)
          typing = on
        } catch (cause) {
          onFault(cause)
        }
      }
    },

    announce(happened: Announcement) {
      switch (happened.kind) {
        case 'events': {
          if (happened.list.room !== LOBBY) return
          for (const { kind, message } of happened.list.events) {
            if (kind !== 'sent') continue
            const sender = saidBy.get(message.id)
            saidBy.delete(message.id)
            if (message.removed) continue
            others(sender).emit('new-message', { username: message.by.name, message: message.text })
          }
          return
        }
        case 'people': {
          if (happened.room !== LOBBY) return
          // Leaving first: who took another name is in both.
          for (const { name } of happened.left) others().emit('user-left', { username: name, numUsers: count() })
          for (const { key, name } of happened.joined)
            others(socketOf.get(key)).emit('user-joined', { username: name, numUsers: count() })
          return
        }
        case 'typing': {
          if (happened.room !== LOBBY) return
          const username = happened.who.name
          others(happened.from).emit(happened.on ? 'typing' : 'stop-typing', { username })
          return
        }
        case 'room':
        case 'signed-out':
          return
        default:
          happened satisfies never
      }
    }
  }

  function others(but?: string) {
    const guests = io.local.to(GUESTS)
    return but ? guests.except(but) : guests
  }
}
