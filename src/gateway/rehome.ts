// Sends people back to the region nearest to them. While a region is away, its people connect elsewhere; when it is back, each is
// asked to move at a random moment, and not in the middle of a conversation.
import type { Clock } from '../clock.ts'
import { isUserActivity } from './activity.ts'
import type { ChatServer, ChatSocket } from './protocol.ts'

export interface RehomeTiming {
  /** The proxy must first see that the region is ready again: its checks come every 15 s. */
  afterMs: number
  /** Then people move one by one: a whole region at once would overload the instance that is back. */
  spreadMs: number
  /** Nobody is asked to move within this time after they did something. */
  quietMs: number
}

export const rehomeTiming: RehomeTiming = { afterMs: 30_000, spreadMs: 180_000, quietMs: 20_000 }

/**
 * Returns a function to call when another region has an instance again. People of that region, by the `fly-region` header of their
 * connection, are asked to move. Compatible clients know no such event and stay.
 */
export function createRehome(options: {
  io: ChatServer
  clock: Clock
  timing: RehomeTiming
  /** Where this instance is. */
  region: string
  /** Called for each person who is asked to move. */
  onSent(): void
  random?: () => number
}): (region: string) => void {
  const { io, clock, timing, region: here, onSent, random = Math.random } = options
  const scheduled = new WeakSet<ChatSocket>()

  function schedule(socket: ChatSocket) {
    let activeAt = -Infinity
    socket.onAny((event: string) => {
      if (isUserActivity(event)) activeAt = clock.now()
    })
    function moveWhenQuiet() {
      if (!socket.connected) return
      const waitMs = activeAt + timing.quietMs - clock.now()
      if (waitMs > 0) {
        clock.after(waitMs, moveWhenQuiet)
        return
      }
      onSent()
      socket.emit('server:moving', { afterMs: 0 })
    }
    clock.after(timing.afterMs + random() * timing.spreadMs, moveWhenQuiet)
  }

  return (region) => {
    if (region === here) return
    for (const socket of io.of('/').sockets.values()) {
      const isTheirs = socket.data.session && socket.data.region === region
      if (!isTheirs || scheduled.has(socket)) continue
      scheduled.add(socket)
      schedule(socket)
    }
  }
}
