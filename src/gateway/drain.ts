// How an instance empties itself before it ends, while others stand by: its people are told to move, each at a moment of their own,
// and are nobody's departure. The listener is closed by then, so whoever connects again is elsewhere.
import type { Clock } from '../clock.ts'
import type { People } from '../presence/presence.ts'
import { connectionsOf } from './connection.ts'
import type { ChatServer } from './protocol.ts'

/** So many move in a second: each costs the others a handshake and a catch-up. */
const MOVES_PER_SECOND = 500
/** The longest spread. The last to move must be back before the lease that still names them ends (LEASE_MS). */
export const SPREAD_MAX_MS = 8_000
/** With a store that is away the mark on the lease can't be had; the people move all the same. */
const MARK_WITHIN_MS = 3_000
const LOOK_EVERY_MS = 20

/**
 * Tells native clients when to move and waits until all could have; those who speak a borrowed vocabulary can't be told, and come
 * back by themselves once their connections are closed. Resolves within 11 s.
 */
export async function drain(options: {
  io: ChatServer
  people: Pick<People, 'move'>
  clock: Clock
  onError(cause: unknown): void
  random?: () => number
}): Promise<void> {
  const { io, people, clock, onError, random = Math.random } = options
  const spreadMs = Math.min(SPREAD_MAX_MS, (connectionsOf(io).length / MOVES_PER_SECOND) * 1_000)
  // From this turn on nobody departs from here, whatever happens to their connections.
  const marked = people.move().catch(onError)
  for (const socket of io.of('/').sockets.values())
    if (socket.data.session) socket.emit('server:moving', { afterMs: Math.floor(random() * spreadMs) })
  await Promise.all([within(clock, MARK_WITHIN_MS, marked), pause(clock, spreadMs)])
}

/** Waits until nothing is on its way to the store any more, or no longer than this. */
export async function settled(clock: Clock, withinMs: number, pending: () => number): Promise<void> {
  const end = clock.now() + withinMs
  // Looked at after a pause in any case: what the last answer leads to, such as a letter, is only now on its way.
  do await pause(clock, LOOK_EVERY_MS)
  while (pending() > 0 && clock.now() < end)
}

const pause = (clock: Clock, ms: number) => new Promise<void>((done) => void clock.after(ms, done))

const within = (clock: Clock, ms: number, work: Promise<void>) => Promise.race([work, pause(clock, ms)])
