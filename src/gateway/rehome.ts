// After a deploy people are scattered: whoever's region was away came in elsewhere. When it is back they are shown the way home,
// each at a moment of their own, and not while they are talking.
import type { Clock } from '../clock.ts'
import type { ChatServer } from './protocol.ts'

export interface RehomeTiming {
  /** First the proxy has to see that the region is ready again: its checks come every 15 s. */
  afterMs: number
  /** Then people move one by one: a whole region at once would be a storm for it. */
  spreadMs: number
  /** Who said something just now is left alone for so long. */
  quietMs: number
}

export const rehomeTiming: RehomeTiming = { afterMs: 30_000, spreadMs: 180_000, quietMs: 20_000 }

/**
 * Returns what is to be told that an instance of a region is there again. Its people, by what Fly's proxy said of where they came
 * in, are told to move. Borrowed clients can't be told, and stay.
 */
export function createRehome(options: {
  io: ChatServer
  clock: Clock
  timing: RehomeTiming
  /** Where this instance is. */
  region: string
  onSent(): void
  random?: () => number
}): (region: string) => void {
  const { io, clock, timing, region: here, onSent, random = Math.random } = options
  const waiting = new WeakSet<object>()

  return (region) => {
    if (region === here) return
    for (const socket of io.of('/').sockets.values()) {
      const isTheirs = socket.data.session && socket.handshake.headers['fly-region'] === region
      if (!isTheirs || waiting.has(socket)) continue
      waiting.add(socket)
      let saidAt = -Infinity
      socket.onAny(() => (saidAt = clock.now()))
      const look = () => {
        if (!socket.connected) return
        const wait = saidAt + timing.quietMs - clock.now()
        if (wait > 0) {
          clock.after(wait, look)
          return
        }
        onSent()
        socket.emit('server:moving', { afterMs: 0 })
      }
      clock.after(timing.afterMs + random() * timing.spreadMs, look)
    }
  }
}
