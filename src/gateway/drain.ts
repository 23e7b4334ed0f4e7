// Moves people to other instances before this one ends. Each client is asked to move after a random delay, and nobody is shown as gone.
// The listener is closed by then, so clients reconnect elsewhere.
import type { Clock } from '../clock.ts'
import { LOBBY } from '../contract.ts'
import type { Chat } from '../chat/chat.ts'
import type { People } from '../presence/presence.ts'
import { connectionsOf } from './connection.ts'
import { compatibleProtocols, type ChatServer } from './protocol.ts'

/** Each move costs the other instances a handshake and a catch-up. */
const MOVES_PER_SECOND = 500
/** The last client to move must be back before the lease that names it expires (`leaseMs`). */
export const SPREAD_MAX_MS = 8_000
/** With an unavailable store the lease can't be marked as moving; people move all the same. */
const MARK_WITHIN_MS = 3_000
const CHECK_EVERY_MS = 20
/** While Redis stalls, compatible clients stay for as long as people might take to move. */
const WITHIN_MS = SPREAD_MAX_MS + MARK_WITHIN_MS
/** Once Redis is back, what was sent here during the stall takes so much longer at most. */
const BACKLOG_WITHIN_MS = 6_000

/**
 * Asks native clients to move and waits until all of them could have. Compatible clients know no such event; they reconnect by
 * themselves when their connections are closed. Resolves within 17 s, and within 11 s while Redis does not answer.
 */
export async function drain(options: {
  io: ChatServer
  people: Pick<People, 'move'>
  chat: Pick<Chat, 'caughtUp' | 'settled'>
  clock: Clock
  onError(cause: unknown): void
  random?: () => number
}): Promise<void> {
  const { io, people, chat, clock, onError, random = Math.random } = options
  const end = clock.now() + WITHIN_MS
  const spreadMs = Math.min(SPREAD_MAX_MS, (connectionsOf(io).length / MOVES_PER_SECOND) * 1_000)
  // From now on a closed connection on this instance is not a departure.
  const marked = people.move().catch(onError)
  for (const socket of io.of('/').sockets.values())
    if (socket.data.session) socket.emit('server:moving', { afterMs: Math.floor(random() * spreadMs) })
  await Promise.all([within(clock, MARK_WITHIN_MS, marked), pause(clock, spreadMs)])
  // A compatible client has no cursor. While Redis stalls, it would get again elsewhere what was on its way there, or miss what is stored
  // afterwards, which is mostly what was sent here and waits.
  if (!compatibleProtocols.some((protocol) => io.of('/').adapter.rooms.has(protocol))) return
  await chat.caughtUp(LOBBY, end - clock.now())
  if (clock.now() >= end) return
  const until = end + BACKLOG_WITHIN_MS
  for (let lastMs = Infinity; ;) {
    const start = clock.now()
    await within(clock, until - start, chat.settled())
    await chat.caughtUp(LOBBY, until - clock.now())
    const tookMs = clock.now() - start
    if (tookMs >= lastMs / 2 || clock.now() >= until) return
    // What was sent here meanwhile waits behind it.
    lastMs = tookMs
  }
}

/** Waits until no store call is pending, at most `withinMs`. */
export async function settled(clock: Clock, withinMs: number, pending: () => number): Promise<void> {
  const end = clock.now() + withinMs
  // Pauses first in any case: what the last answer leads to, such as a bus message, is only now on its way.
  do await pause(clock, CHECK_EVERY_MS)
  while (pending() > 0 && clock.now() < end)
}

const pause = (clock: Clock, ms: number) => new Promise<void>((done) => void clock.after(ms, done))

const within = (clock: Clock, ms: number, work: Promise<unknown>) => Promise.race([work, pause(clock, ms)])
