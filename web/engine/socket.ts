// The one typed socket. It says who it speaks for in the handshake and leaves reconnecting to state/connection.ts, so that there is
// one place which knows why and when.
import { io, type Socket } from 'socket.io-client'
import {
  WIRE_VERSION,
  type Answers,
  type NativeIn,
  type NativeOut,
  type Reply,
  type Payload,
  type ClientEvent
} from '../../src/contract.ts'

export type ChatSocket = Socket<NativeOut, NativeIn>

/** Says a word and waits for the answer. No answer in time is `unavailable`: not confirmed, may be tried again with the same id. */
export type Ask = <W extends ClientEvent>(word: W, said: Payload<W>) => Promise<Reply<Answers[W]>>

const CONNECT_TIMEOUT_MS = 10_000
const ANSWER_TIMEOUT_MS = 5_000

/** A closed socket; `token` is read at every handshake. `address` is given outside browsers only. */
export function makeSocket(token: () => Promise<string | undefined>, address = ''): ChatSocket {
  return io(address, {
    transports: ['websocket'],
    autoConnect: false,
    reconnection: false,
    // Not shared: each socket belongs to one person.
    forceNew: true,
    timeout: CONNECT_TIMEOUT_MS,
    auth: (give) => void token().then((token) => give({ speaks: 'native', v: WIRE_VERSION, token }))
  })
}

/** Words with answers over this socket. While it is away nothing is buffered: what must survive waits in the outbox. */
export function asking(socket: ChatSocket): Ask {
  return async (word, said) => {
    if (!socket.connected) return { ok: false, reason: 'unavailable' }
    try {
      return await untyped(socket.timeout(ANSWER_TIMEOUT_MS)).emitWithAck(word, said)
    } catch {
      return { ok: false, reason: 'unavailable' }
    }
  }
}

// `Ask` ties word, payload and answer together; Socket.IO's own types can't follow a generic word through.
const untyped = (socket: unknown) => socket as { emitWithAck(word: string, said: unknown): Promise<never> }
