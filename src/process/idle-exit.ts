// Ends an idle instance where the platform starts it again at the next request. Idle means: no connected client, and no request except
// health checks. Prometheus uses another port.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'

const HEALTH_CHECK = /^\/health\//

/**
 * Calls `end` once the instance has been idle for `idleMs`. `end` must close the listener in the same turn of the loop: every connection
 * accepted until then has been counted, and later ones are refused, which makes the platform start another instance.
 */
export function endWhenIdle(options: {
  server: Server
  /** Open TCP connections of any protocol. */
  sockets: ReadonlySet<Socket>
  /** Connected clients, including those between two polls. */
  clients(): number
  clock: Clock
  idleMs: number
  end(): void
}): void {
  const { server, sockets, clients, clock, idleMs, end } = options
  let lastAt = clock.now()
  let unanswered = 0
  /** Sockets that have sent a request. On any other one a request is on its way. */
  const used = new WeakSet<Socket>()
  const isInUse = () => clients() > 0 || unanswered > 0 || [...sockets].some((socket) => !used.has(socket))
  const touch = () => (lastAt = clock.now())

  server.prependListener('request', ({ url = '', socket }, response) => {
    used.add(socket)
    if (HEALTH_CHECK.test(url)) return
    unanswered += 1
    touch()
    response.once('close', () => {
      unanswered -= 1
      touch()
    })
  })
  server.prependListener('upgrade', ({ socket }) => {
    used.add(socket)
    touch()
    socket.once('close', touch)
  })

  const checkIn = (ms: number) => void clock.after(ms, check)
  checkIn(idleMs)

  function check() {
    const left = lastAt + idleMs - clock.now()
    if (left > 0) checkIn(left)
    // After the next poll phase, which accepts all connections that wait in the kernel.
    else setImmediate(confirm)
  }

  function confirm() {
    if (isInUse()) checkIn(idleMs)
    else if (clock.now() - lastAt < idleMs) check()
    else end()
  }
}
