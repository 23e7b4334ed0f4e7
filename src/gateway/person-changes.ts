// Sends a person's pages their new role. What they may do has changed already: rights are looked up at each request. The connections of
// somebody who is banned now are closed. All pages learn who leads.
import type { Chat } from '../chat/chat.ts'
import { OLDEST_WIRE_VERSION, type Mark } from '../contract.ts'
import { ChatError } from '../errors.ts'
import { keyOf } from '../identity.ts'
import type { Restrictions } from '../people/restrictions.ts'
import type { Standings } from '../people/standings.ts'
import { sentRefusal } from './protocol-versions.ts'
import { NATIVES, type ChatServer, type ChatSocket } from './protocol.ts'

/** Marks that pages show. */
const MARKS_MAX = 500

interface Deps {
  standings: Pick<Standings, 'onChange' | 'marked'>
  restrictions: Pick<Restrictions, 'admit'>
  chat: Pick<Chat, 'onProfile'>
}

/** Owners and moderators. */
export const leadersOf = ({ standings }: Pick<Deps, 'standings'>): Mark[] =>
  standings
    .marked()
    .slice(0, MARKS_MAX)
    .map(([id, role]) => ({ id, key: keyOf(id), role }))

export function sendPersonChanges(io: ChatServer, deps: Deps): void {
  const { standings, restrictions } = deps
  let sent = ''

  function sendLeaders() {
    const leaders = leadersOf(deps)
    const now = JSON.stringify(leaders)
    if (now !== sent) io.local.to(NATIVES).emit('leaders:changed', { leaders })
    sent = now
  }

  deps.chat.onProfile((profile) => void io.local.to(NATIVES).emit('profile:changed', profile))
  standings.onChange((id) => {
    sendLeaders()
    for (const socket of io.of('/').sockets.values()) {
      const { person } = socket.data.caller ?? {}
      if (person?.id === id && !endIfBanned(socket, restrictions)) socket.emit('person:changed', person)
    }
  })
}

/** Closes the connection of somebody who is banned, also one that was admitted a moment before the ban. */
export function endIfBanned(socket: ChatSocket, restrictions: Deps['restrictions']): boolean {
  const { wire = OLDEST_WIRE_VERSION, caller } = socket.data
  if (!caller.person) return false
  try {
    restrictions.admit(caller.person.id, caller.address)
    return false
  } catch (cause) {
    if (!(cause instanceof ChatError)) throw cause
    const { ok: _, ...why } = sentRefusal(cause, wire)
    socket.emit('session:ended', why)
    socket.disconnect()
    return true
  }
}
