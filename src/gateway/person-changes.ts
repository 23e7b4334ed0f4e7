// Sends a person's pages their new role. What they may do has changed already: rights are looked up at each request.
import type { Standings } from '../people/standings.ts'
import type { ChatServer } from './protocol.ts'

export function sendPersonChanges(io: ChatServer, standings: Pick<Standings, 'onChange'>): void {
  standings.onChange((id) => {
    for (const socket of io.of('/').sockets.values()) {
      const { person } = socket.data.caller ?? {}
      if (person?.id === id) socket.emit('person:changed', person)
    }
  })
}
