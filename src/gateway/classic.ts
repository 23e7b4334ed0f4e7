// The words of the classic chat example, spoken by clients we can't change (wire.md §1). It knows one place, the lobby,
// and no refusals: what can't be done is ignored.
import { randomBytes } from 'node:crypto'
import type { Announcement, Chat } from '../chat/chat.ts'
import { ChatError } from '../errors.ts'
import { costs } from '../chat/costs.ts'
import { guestName } from '../chat/guest-name.ts'
import type { Cancel, Clock } from '../clock.ts'
import { backoffMs, jittered } from '../backoff.ts'
import type { People } from '../presence/presence.ts'
import { claimedName } from '../chat/rules.ts'
import { createTypists } from '../chat/typing.ts'
import { LOBBY, newId, type Present } from '../contract.ts'
import { GUESTS, type ChatServer, type ChatSocket, type Protocol } from './protocol.ts'

const COME_AGAIN = { minMs: 200, maxMs: 5_000 }

export function createClassic(options: {
  io: ChatServer
  chat: Chat
  people: People
  clock: Clock
  region: string
  onFault(cause: unknown): void
}): Protocol {
  const { io, chat, people, clock, region, onFault } = options
  /** Whose socket a guest is, so that nobody is told of themselves. */
  const socketOf = new Map<string, string>()
  /** How a guest of this instance comes to another key. */
  const changeKey = new Map<string, () => void>()
  const typists = createTypists({ clock, onFade: tellStopped })
  /** Which socket said a message that is on its way. */
  const saidBy = new Map<string, string>()
  const count = () => people.view(LOBBY).count

  return {
    listen(socket: ChatSocket) {
      const { caller } = socket.data
      let who: Present | null = null
      let typing = false
      let later: Cancel | null = null

      socket.on('add-user', (claimed) => {
        const name = claimedName(claimed)
        if (name !== null) comeAs(name)
      })

      /** Its client says it once and waits for `login`: who comes too fast comes later, and a crowd not all at the same time. */
      function comeAs(name: string, tries = 0) {
        if (who || later || !socket.connected) return
        if (!chat.maySpend(caller, costs.event)) {
          const waitMs = jittered(backoffMs(tries, COME_AGAIN))
          later = clock.after(waitMs, () => {
            later = null
            comeAs(name, tries + 1)
          })
          return
        }
        const username = guestName(people, name)
        socket.data.caller = { ...caller, name: username }
        come(username).then(() => socket.emit('login', { numUsers: count() }), onFault)
      }

      /** Under the key of one of this name who is on the way, or a new one. */
      async function come(name: string) {
        const key = people.inherit(LOBBY, name) ?? randomBytes(8).toString('base64url')
        who = { key, name, guest: true, region }
        socketOf.set(key, socket.id)
        changeKey.set(key, () => {
          go()
          come(name).catch(onFault)
        })
        await people.arrive(LOBBY, who, socket.id)
      }

      function go() {
        if (!who) return
        if (typing) setTyping(false)
        socketOf.delete(who.key)
        changeKey.delete(who.key)
        people.leave(LOBBY, who.key, socket.id, 'said')
        who = null
      }

      socket.on('new-message', (message) => {
        if (!who || typeof message !== 'string') return
        const id = newId()
        saidBy.set(id, socket.id)
        // Nothing to tell the sender: these words have no answer. A lost message isn't shown to anybody else either.
        const me = who
        const wasTyping = typing
        typing = false
        people.active(me.key)
        chat
          .send(socket.data.caller, { room: LOBBY, id, text: message })
          .catch((cause: unknown) => {
            // Refused: nobody will hear it. Where nothing is known it may have been kept, and is then told to everyone else.
            if (cause instanceof ChatError) saidBy.delete(id)
            else onFault(cause)
          })
          // After the message, and unless they have gone on typing meanwhile.
          .finally(() => wasTyping && !typing && chat.setTyping(socket.data.caller, LOBBY, me, false))
      })

      socket.on('typing', () => setTyping(true))
      socket.on('stop-typing', () => setTyping(false))
      socket.on('disconnect', () => {
        later?.()
        go()
        for (const [id, sender] of saidBy) if (sender === socket.id) saidBy.delete(id)
      })

      function setTyping(on: boolean) {
        if (!who || (!on && !typing)) return
        try {
          people.active(who.key)
          chat.setTyping(socket.data.caller, LOBBY, who, on)
          typing = on
        } catch (cause) {
          if (!(cause instanceof ChatError)) onFault(cause)
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
            for (const typist of typists.called(message.by.name)) stopped(typist)
          }
          return
        }
        case 'people': {
          if (happened.room !== LOBBY) return
          // Leaving first: who took another name is in both.
          for (const left of happened.left) {
            stopped(left)
            others().emit('user-left', { username: left.name, numUsers: count() })
          }
          for (const { key, name } of happened.joined)
            others(socketOf.get(key)).emit('user-joined', { username: name, numUsers: count() })
          return
        }
        case 'typing': {
          if (happened.room !== LOBBY) return
          const { who, on, from } = happened
          if (!on) return stopped(who)
          typists.begin(who)
          others(from).emit('typing', { username: who.name })
          return
        }
        case 'key-shared':
          return changeKey.get(happened.key)?.()
        case 'room':
        case 'room-removed':
        case 'signed-out':
          return
        default:
          happened satisfies never
      }
    }
  }

  function stopped(who: Present) {
    if (typists.end(who.key)) tellStopped(who)
  }

  function tellStopped({ key, name }: Present) {
    others(socketOf.get(key)).emit('stop-typing', { username: name })
  }

  function others(but?: string) {
    const guests = io.local.to(GUESTS)
    return but ? guests.except(but) : guests
  }
}
