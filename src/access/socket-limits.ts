// Limits on the TCP sockets of one address and of the process, counted before the first byte. A socket without a request is closed in
// favor of a newer one, so that silent sockets lock nobody out.
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { networkOf } from './client-address.ts'

/** A person has one connection, and briefly another one for each request. */
const SOCKETS_PER_CONNECTION = 2
/** A new socket must send its first byte within this time. Browsers open some in advance, and new ones when these are closed. */
export const FIRST_BYTE_WITHIN_MS = 5_000

export type SocketRefusal = 'address-sockets' | 'sockets'

export interface SocketLimits {
  /** The limits on connections, in the process and from one address; there may be twice as many sockets. */
  connections: Readonly<{ max: number; perAddress: number }>
  /** Whether any number of sockets may come from this peer: a proxy opens them for many people. */
  isProxy(peer: string | undefined): boolean
  /** A limit has closed a socket. */
  onClosed(why: SocketRefusal): void
  firstByteWithinMs: number
}

/**
 * Closes sockets beyond the limits, and those that send nothing.
 * @returns a function that puts the listeners first again, after Socket.IO has put its own in front of them
 */
export function limitSockets(
  server: Server,
  { connections, isProxy, onClosed, firstByteWithinMs }: SocketLimits
): () => void {
  const max = connections.max * SOCKETS_PER_CONNECTION
  const perAddress = connections.perAddress * SOCKETS_PER_CONNECTION
  const open = new Map<string, Set<Socket>>()
  const addresses = new WeakMap<Socket, string>()
  /** Sockets without a whole request yet, oldest first, with the timer for their first byte. */
  const silent = new Map<Socket, NodeJS.Timeout>()
  let total = 0
  const hasSent = ({ socket }: IncomingMessage) => endSilence(socket)
  function listenFirst() {
    server.prependListener('request', hasSent)
    server.prependListener('upgrade', hasSent)
  }
  listenFirst()

  server.on('connection', (socket: Socket) => {
    const address = networkOf(socket.remoteAddress ?? 'unknown')
    const theirs = open.get(address) ?? new Set<Socket>()
    socket.on('close', closed)
    total += 1
    addresses.set(socket, address)
    open.set(address, theirs.add(socket))
    silent.set(socket, setTimeout(closeUnlessBegun, firstByteWithinMs, socket).unref())
    if (theirs.size > perAddress && !isProxy(socket.remoteAddress)) {
      onClosed('address-sockets')
      closeFor([...theirs].find((other) => silent.has(other)) ?? socket)
    } else if (total > max) {
      onClosed('sockets')
      closeFor(silent.keys().next().value ?? socket)
    }
  })

  return listenFirst

  function endSilence(socket: Socket) {
    clearTimeout(silent.get(socket))
    silent.delete(socket)
  }

  function closed(this: Socket) {
    total -= 1
    endSilence(this)
    const address = addresses.get(this) ?? ''
    const theirs = open.get(address)
    theirs?.delete(this)
    if (theirs?.size === 0) open.delete(address)
  }

  /** One socket is closed for each new one; the next may come before the `close` event. */
  function closeFor(socket: Socket) {
    endSilence(socket)
    socket.destroy()
  }
}

/** After an event loop that stood still, timers come before what has arrived meanwhile, and that before immediates. */
function closeUnlessBegun(socket: Socket) {
  setImmediate(() => {
    if (socket.bytesRead === 0) socket.destroy()
  })
}
