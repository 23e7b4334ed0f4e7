// How many TCP sockets one address and the process may hold, counted before the first byte. A socket that has not sent a request
// yet gives way to a newer one, so that silent sockets lock nobody out.
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { networkOf } from './client-address.ts'

/** A person has one connection, and for a moment another for each request. */
const SOCKETS_PER_CONNECTION = 2
/** How long a new socket may send nothing at all. Browsers open some ahead and open others when these are closed. */
export const FIRST_BYTE_WITHIN_MS = 5_000

export type SocketRefusal = 'address-sockets' | 'sockets'

export interface SocketLimits {
  /** Of the process. */
  max: number
  /** Of one address; null behind Fly's proxy, where every peer is the proxy and it limits what it sends here (fly.toml). */
  perAddress: number | null
}

/** Sockets for a number of connections (CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS). */
export function socketLimits(connections: { max: number; perAddress: number }, isOnFly: boolean): SocketLimits {
  const { max, perAddress } = connections
  return {
    max: max * SOCKETS_PER_CONNECTION,
    perAddress: isOnFly ? null : perAddress * SOCKETS_PER_CONNECTION
  }
}

/**
 * Closes sockets beyond the limits, and those that send nothing. `onClosed` is told of each that a limit closes.
 * @returns a function that puts the listeners first again: Socket.IO puts its own in front of what it finds
 */
export function limitSockets(
  server: Server,
  { max, perAddress }: SocketLimits,
  onClosed: (why: SocketRefusal) => void,
  firstByteWithinMs = FIRST_BYTE_WITHIN_MS
): () => void {
  const open = new Map<string, Set<Socket>>()
  /** Sockets without a whole request yet, oldest first. */
  const silent = new Set<Socket>()
  let total = 0
  const spoke = ({ socket }: IncomingMessage) => void silent.delete(socket)
  function listenFirst() {
    server.prependListener('request', spoke)
    server.prependListener('upgrade', spoke)
  }
  listenFirst()

  server.on('connection', (socket: Socket) => {
    const address = networkOf(socket.remoteAddress ?? 'unknown')
    const theirs = open.get(address) ?? new Set<Socket>()
    const timer = setTimeout(() => {
      if (socket.bytesRead === 0) socket.destroy()
    }, firstByteWithinMs).unref()
    socket.once('close', () => {
      clearTimeout(timer)
      total -= 1
      silent.delete(socket)
      theirs.delete(socket)
      if (theirs.size === 0) open.delete(address)
    })
    total += 1
    open.set(address, theirs.add(socket))
    silent.add(socket)
    if (perAddress !== null && theirs.size > perAddress) {
      onClosed('address-sockets')
      closeFor([...theirs].find((other) => silent.has(other)) ?? socket)
    } else if (total > max) {
      onClosed('sockets')
      closeFor(silent.values().next().value ?? socket)
    }
  })

  return listenFirst

  /** One goes for each that comes; another may come before `close` is told. */
  function closeFor(socket: Socket) {
    silent.delete(socket)
    socket.destroy()
  }
}
