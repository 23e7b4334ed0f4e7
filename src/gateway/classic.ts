// The classic chat protocol, for existing clients: one room, the lobby, and no refusals. What can't be done is ignored.
import { randomBytes } from 'node:crypto'
import { backoffMs, jittered } from '../backoff.ts'
import type { Announcement, Chat } from '../chat/chat.ts'
import { costs } from '../chat/costs.ts'
import { guestName } from '../chat/guest-name.ts'
import { claimedName } from '../chat/rules.ts'
import { createTypists } from '../chat/typing.ts'
import type { Cancel, Clock } from '../clock.ts'
import { LOBBY, newId, type Present } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { Departure, People } from '../presence/presence.ts'
import { wasClosedByClient } from './connection.ts'
import { onSpoken, type ChatServer, type ChatSocket, type Protocol } from './protocol.ts'

const RETRY_JOIN = { minMs: 200, maxMs: 5_000 }
const KEY_BYTES = 8

export interface ClassicOptions {
  io: ChatServer
  chat: Chat
  people: People
  clock: Clock
  region: string
  onError(cause: unknown): void
}

/** What the connections of this instance and its announcements share. */
interface Guests {
  /** A guest's key to its socket, so that no guest gets events about itself. */
  socketOf: Map<string, string>
  /** A guest's key to a function that gives the guest another key. */
  changeKey: Map<string, () => void>
  /** Ids of messages on their way, to the sockets that sent them. */
  senderOf: Map<string, string>
}

export function createClassic(options: ClassicOptions): Protocol {
  const guests: Guests = { socketOf: new Map(), changeKey: new Map(), senderOf: new Map() }
  return { listen: (socket) => listen(socket, options, guests), announce: announcer(options, guests) }
}

function listen(socket: ChatSocket, { chat, people, clock, region, onError }: ClassicOptions, guests: Guests) {
  const { caller } = socket.data
  const on = onSpoken(socket, 'classic')
  let me: Present | null = null
  let typing = false
  let retry: Cancel | null = null

  on('add-user', (claimed) => {
    const name = claimedName(claimed)
    if (name !== null) join(name)
  })

  /** The client sends its name once and waits for `login`, so a refused one is retried, at random moments in a crowd. */
  function join(name: string, tries = 0) {
    if (me || retry || !socket.connected) return
    if (!chat.maySpend(caller, costs.event)) {
      retry = clock.after(jittered(backoffMs(tries, RETRY_JOIN)), () => {
        retry = null
        join(name, tries + 1)
      })
      return
    }
    const username = guestName(people, name)
    socket.data.caller = { ...caller, name: username }
    arrive(username).then(() => socket.emit('login', { numUsers: count(people) }), onError)
  }

  /** Takes over the key of a guest of this name who is moving here, or a new one. */
  async function arrive(name: string) {
    const key = people.inherit(LOBBY, name) ?? randomBytes(KEY_BYTES).toString('base64url')
    me = { key, name, guest: true, region }
    guests.socketOf.set(key, socket.id)
    guests.changeKey.set(key, () => {
      leave()
      arrive(name).catch(onError)
    })
    await people.arrive(LOBBY, me, socket.id)
  }

  function leave(how: Departure = 'left') {
    if (!me) return
    if (typing) setTyping(false)
    guests.socketOf.delete(me.key)
    guests.changeKey.delete(me.key)
    people.leave(LOBBY, me.key, socket.id, how)
    me = null
  }

  on('new-message', (text) => {
    if (!me || typeof text !== 'string') return
    const sender = me
    const id = newId()
    guests.senderOf.set(id, socket.id)
    const wasTyping = typing
    typing = false
    people.active(sender.key)
    chat.send(socket.data.caller, { room: LOBBY, id, text }).then(
      // The message ends typing for all who receive it, unless the guest has gone on typing meanwhile.
      () => wasTyping && !typing && chat.typingSent(socket.data.caller, LOBBY),
      (cause: unknown) => {
        // A refused message is sent to nobody. After any other error it may be stored, and then everyone else gets it.
        if (cause instanceof ChatError) guests.senderOf.delete(id)
        else onError(cause)
        if (wasTyping && !typing) chat.setTyping(socket.data.caller, LOBBY, sender, false)
      }
    )
  })

  on('typing', () => setTyping(true))
  on('stop-typing', () => setTyping(false))
  socket.on('disconnect', (reason) => {
    retry?.()
    const isLost = !reason.endsWith('namespace disconnect') && !wasClosedByClient(socket.conn, reason)
    leave(isLost ? 'lost' : 'left')
    for (const [id, sender] of guests.senderOf) if (sender === socket.id) guests.senderOf.delete(id)
  })

  function setTyping(isTyping: boolean) {
    if (!me || (!isTyping && !typing)) return
    try {
      people.active(me.key)
      chat.setTyping(socket.data.caller, LOBBY, me, isTyping)
      typing = isTyping
    } catch (cause) {
      if (!(cause instanceof ChatError)) onError(cause)
    }
  }
}

const count = (people: People) => people.totals(LOBBY).count

function announcer({ io, people, clock }: ClassicOptions, { socketOf, changeKey, senderOf }: Guests) {
  const typists = createTypists({ clock, onFade: sendStopped })

  function others(than?: string) {
    const receivers = io.local.to('classic')
    return than ? receivers.except(than) : receivers
  }

  function stopTyping(person: Present) {
    if (typists.end(person.key)) sendStopped(person)
  }

  function sendStopped({ key, name }: Present) {
    others(socketOf.get(key)).emit('stop-typing', { username: name })
  }

  function sendMessages({ list }: Extract<Announcement, { kind: 'events' }>) {
    for (const { kind, message } of list.events) {
      if (kind !== 'sent') continue
      const sender = senderOf.get(message.id)
      senderOf.delete(message.id)
      if (message.removed) continue
      others(sender).emit('new-message', { username: message.by.name, message: message.text })
      for (const typist of typists.called(message.by.name)) stopTyping(typist)
    }
  }

  function sendPeople({ joined, left }: Extract<Announcement, { kind: 'people' }>) {
    // In this order: a person with a new name is in both lists.
    for (const person of left) {
      stopTyping(person)
      others().emit('user-left', { username: person.name, numUsers: count(people) })
    }
    for (const { key, name } of joined)
      others(socketOf.get(key)).emit('user-joined', { username: name, numUsers: count(people) })
  }

  function sendTyping({ who, on, from }: Extract<Announcement, { kind: 'typing' }>) {
    if (!on) return stopTyping(who)
    typists.begin(who)
    others(from).emit('typing', { username: who.name })
  }

  return (announcement: Announcement) => {
    switch (announcement.kind) {
      case 'events':
        return announcement.list.room === LOBBY ? sendMessages(announcement) : undefined
      case 'people':
        return announcement.room === LOBBY ? sendPeople(announcement) : undefined
      case 'typing':
        return announcement.room === LOBBY ? sendTyping(announcement) : undefined
      case 'key-shared':
        return changeKey.get(announcement.key)?.()
      case 'room':
      case 'room-removed':
      case 'received':
      case 'membership':
      case 'member-removed':
      case 'read':
      case 'alerts':
      case 'signed-out':
        return
      default:
        announcement satisfies never
    }
  }
}
