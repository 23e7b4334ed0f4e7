// An instance that has had nobody for a while ends by itself, where the platform starts it again at the next request. Whoever is
// connected is somebody, and whoever asks for anything but its health: a page, a program, a stray request. Prometheus asks elsewhere.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'

const HEALTH_CHECK = /^\/health\//

/**
 * Calls `end` once nobody has been here for `idleMs`. It must close the listener in the same turn of the loop: then whoever was
 * accepted until now has been seen, and whoever comes later is refused, which is what makes a platform start the next instance.
 */
export function endWhenIdle(options: {
  server: Server
  /** Open connections, whatever is spoken on them. */
  sockets: ReadonlySet<Socket>
  /** Clients that are connected, between two polls as well. */
  clients(): number
  clock: Clock
  idleMs: number
  end(): void
}): void {
  const { server, sockets, clients, clock, idleMs, end } = options
  let lastAt = clock.now()
  let unanswered = 0
  /** Wires that have asked for something. One that hasn't is a question on its way. */
  const heard = new WeakSet<Socket>()
  const isSomebodyHere = () => clients() > 0 || unanswered > 0 || [...sockets].some((wire) => !heard.has(wire))
  const live = () => (lastAt = clock.now())

  server.prependListener('request', ({ url = '', socket }, response) => {
    heard.add(socket)
    if (HEALTH_CHECK.test(url)) return
    unanswered += 1
    live()
    response.once('close', () => {
      unanswered -= 1
      live()
    })
  })
  server.prependListener('upgrade', ({ socket }) => {
    heard.add(socket)
    live()
    socket.once('close', live)
  })

  const lookIn = (ms: number) => void clock.after(ms, look)
  lookIn(idleMs)

  function look() {
    const left = lastAt + idleMs - clock.now()
    if (left > 0) lookIn(left)
    // After the next look at the network, in which all connections that wait to be accepted are.
    else setImmediate(lookAgain)
  }

  function lookAgain() {
    if (isSomebodyHere()) lookIn(idleMs)
    else if (clock.now() - lastAt < idleMs) look()
    else end()
  }
}
