// Sends a person's pages their new role. What they may do has changed already: rights are looked up at each request. The connections of
// somebody who is banned now are closed.
import { OLDEST_WIRE_VERSION } from '../contract.ts'
import { ChatError } from '../errors.ts'
import type { Restrictions } from '../people/restrictions.ts'
import type { Standings } from '../people/standings.ts'
import { sentRefusal } from './protocol-versions.ts'
import type { ChatServer } from './protocol.ts'

export function sendPersonChanges(
  io: ChatServer,
  { standings, restrictions }: { standings: Pick<Standings, 'onChange'>; restrictions: Pick<Restrictions, 'admit'> }
): void {
  standings.onChange((id) => {
    for (const socket of io.of('/').sockets.values()) {
      const { wire = OLDEST_WIRE_VERSION, caller } = socket.data
      if (caller?.person?.id !== id) continue
      try {
        restrictions.admit(id, caller.address)
        socket.emit('person:changed', caller.person)
      } catch (cause) {
        if (!(cause instanceof ChatError)) throw cause
        const { ok: _, ...why } = sentRefusal(cause, wire)
        socket.emit('session:ended', why)
        socket.disconnect()
      }
    }
  })
}
