// Rooms that the handshake opens. Their answers come behind the server's hello, a round trip before those to requests of their own.
import { HANDSHAKE_ROOMS_MAX, type NativeOut, type Payload, type Refusal } from '../../src/contract.ts'
import type { ChatSocket } from './socket.ts'

export type OpenRequest = Payload<'room:open'>
type Answer = Parameters<NativeOut['room:opened']>[1]

export const UNAVAILABLE: Refusal = { ok: false, reason: 'unavailable' }

export type HandshakeRooms = ReturnType<typeof handshakeRooms>

/** `requests`: what to open, read at every handshake. */
export function handshakeRooms(socket: ChatSocket, requests: () => OpenRequest[]) {
  let sent: (PromiseWithResolvers<Answer> & { request: string })[] = []
  /** Those that the server answers and nobody has taken, while its hello is handled. */
  let coming: typeof sent = []

  // An earlier server opens none.
  socket.on('server:hello', ({ opening = 0 }) => {
    coming = sent.slice(0, opening)
    // A request that is made later needs a newer answer.
    queueMicrotask(() => (coming = []))
  })
  socket.on('room:opened', (nth, reply) => sent[nth]?.resolve(reply))
  socket.on('disconnect', () => {
    for (const { resolve } of sent) resolve(UNAVAILABLE)
  })

  return {
    /** For the handshake that begins. */
    begin(): OpenRequest[] {
      const open = requests().slice(0, HANDSHAKE_ROOMS_MAX)
      sent = open.map((request) => ({ request: JSON.stringify(request), ...Promise.withResolvers() }))
      return open
    },

    /** The answer to this request, once, if it went with the handshake. */
    take(request: OpenRequest): Promise<Answer> | undefined {
      const nth = coming.findIndex((one) => one.request === JSON.stringify(request))
      return nth < 0 ? undefined : coming.splice(nth, 1)[0]?.promise
    }
  }
}
