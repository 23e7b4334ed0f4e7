// Pings all connections from one timer, where Engine.IO has one or two for each. The pings of a turn are written together, so that an
// idle process has something to do twice a second and not for every client.
import type { Socket as Connection } from 'engine.io'
import type { Clock } from '../clock.ts'
import { closeAsSilent, isPingAnswered, ping, stopOwnPings } from './connection.ts'
import type { ChatServer } from './protocol.ts'

/** A connection is pinged in one of these turns, also when all of them have come at once. */
const TURNS = 20

/** Pings as often as Engine.IO's options say, and closes those that do not answer in time. */
export function startHeartbeats(io: ChatServer, clock: Clock) {
  const { opts } = io.engine as { opts: { pingInterval: number; pingTimeout: number } }
  const turnsToAnswer = Math.round((TURNS * opts.pingTimeout) / opts.pingInterval)
  const turns = Array.from({ length: TURNS }, () => new Set<Connection>())
  const turn = (nth: number) => turns[nth % TURNS] ?? new Set<Connection>()
  let [opened, nth] = [0, 0]
  let stop = clock.after(opts.pingInterval / TURNS, next)

  function next() {
    nth += 1
    // Closing deletes from the set.
    turn(nth + TURNS - turnsToAnswer).forEach(closeIfSilent)
    turn(nth).forEach(ping)
    stop = clock.after(opts.pingInterval / TURNS, next)
  }

  function closeIfSilent(connection: Connection) {
    if (!isPingAnswered(connection)) closeAsSilent(connection)
  }

  return {
    /** Returns the connections of its turn. The caller deletes it there when it is closed. */
    add(connection: Connection) {
      stopOwnPings(connection)
      opened += 1
      // In one of the turns to come, but not in the next: it has more to do now.
      return turn(nth + 2 + (opened % (TURNS - 1))).add(connection)
    },
    stop: () => stop()
  }
}
