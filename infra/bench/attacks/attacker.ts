// What an attacking program works with: clients at one address, a loop that ends with the signal, and a count of the outcomes.
import { newSuffix } from '../../testing/new-suffix.ts'
import { setImmediate as turn } from 'node:timers/promises'
import type { Socket } from 'socket.io-client'
import { type Answers, type Reply, type ClientEvent } from '../../../src/contract.ts'
import { unpacked } from '../../testing/clients.ts'
import { clientFrom, type AddressClient } from '../../testing/from-address.ts'
import { closeRaws } from '../../testing/raw-websocket.ts'

/** Longer than the busiest machine takes: a late answer is judged by its time, none by its absence. */
export const ANSWER_WITHIN_MS = 30_000
const TOO_MANY_REQUESTS = 429

export interface Target {
  /** An IPv4 address and a port: a client's own address decides who it is. */
  url: string
  /** Where the attacker comes from. */
  from: string
}

/** Requests and events by their outcome. `lost`: no answer, or the connection closed. */
export interface Outcomes {
  ok: number
  refused: number
  lost: number
  /** How long the attack lasted. */
  ms: number
}

export interface Attacker {
  target: Target
  signal: AbortSignal
  outcomes: Outcomes
  client: AddressClient
  /** Runs `work` again and again, `parallel` at a time, until the signal. Each gets its number, counted from 0. */
  loop(parallel: number, work: (turn: number) => Promise<unknown>): Promise<void>
  /** One HTTP request whose outcome is counted; null when there was no answer. */
  http(path: string, options?: Parameters<AddressClient['ask']>[1]): Promise<string | null>
  /** A new session's connected socket; null when refused. */
  native(name?: string): Promise<Socket | null>
  /** `count` sockets of new sessions; fewer when the server refuses some. */
  natives(count: number, name?: (nth: number) => string): Promise<Socket[]>
  /** Ends every connection of the attack. */
  close(): void
  /** One event and its answer, counted; null when refused or unanswered. */
  ask<W extends ClientEvent>(socket: Socket, event: W, payload: object): Promise<Answers[W] | null>
}

export function createAttacker(target: Target, signal: AbortSignal): Attacker {
  const outcomes: Outcomes = { ok: 0, refused: 0, lost: 0, ms: 0 }
  const client = clientFrom(target.from, target.url)

  const attacker: Attacker = {
    target,
    signal,
    outcomes,
    client,
    async loop(parallel, work) {
      let next = 0
      const one = async () => {
        while (!signal.aborted) {
          await work(next++)
          // Work that fails at once must not keep the timer of the signal from firing.
          await turn()
        }
      }
      await Promise.all(Array.from({ length: parallel }, one))
    },
    async http(path, options) {
      try {
        const { status, body } = await client.ask(path, options)
        outcomes[status < 400 ? 'ok' : 'refused'] += 1
        return status === TOO_MANY_REQUESTS ? null : body
      } catch {
        outcomes.lost += 1
        return null
      }
    },
    async native(name = `Attacker ${newSuffix()}`) {
      const session = await client.signIn(name).catch(() => null)
      const socket = session && (await client.connectNative(session.token))
      outcomes[socket ? 'ok' : 'refused'] += 1
      return socket
    },
    async natives(count, name) {
      const sockets = await Promise.all(Array.from({ length: count }, (_, nth) => attacker.native(name?.(nth))))
      return sockets.filter((socket) => socket !== null)
    },
    close() {
      client.close()
      closeRaws()
    },
    async ask<W extends ClientEvent>(socket: Socket, event: W, payload: object) {
      const reply = await replyTo(socket, event, payload)
      outcomes[reply === null ? 'lost' : reply.ok ? 'ok' : 'refused'] += 1
      return reply?.ok ? reply.value : null
    }
  }
  return attacker
}

/** The answer to one event; null when the socket closes or none comes. */
export function replyTo<W extends ClientEvent>(
  socket: Socket,
  event: W,
  payload: object
): Promise<Reply<Answers[W]> | null> {
  return new Promise((done) => {
    if (!socket.connected) return done(null)
    const end = (reply: Reply<Answers[W]> | null) => {
      clearTimeout(timer)
      socket.off('disconnect', closed)
      done(unpacked(event, reply))
    }
    const closed = () => end(null)
    const timer = setTimeout(() => end(null), ANSWER_WITHIN_MS)
    socket.once('disconnect', closed)
    socket.emit(event, payload, end)
  })
}
