// Engine.IO's WebSockets, except that all packets of a flush go out as one buffer in one write. `ws` would send two buffers for each
// packet through Node's streams, which takes more of the processor than making an answer.
import { transports } from 'engine.io'
import { OPEN, writePast, type Tcp, type Written } from '../access/frame-writer.ts'
import type { ChatServer } from './protocol.ts'

type Request = ConstructorParameters<typeof transports.websocket>[0]
type Packet = Parameters<InstanceType<typeof transports.websocket>['send']>[0][number]

/** What these classes have and don't declare. */
interface Internals {
  socket: { readyState: number; _socket: Tcp | null }
  _onSentLast: Written
}
interface Framed {
  wsPreEncodedFrame?: Buffer[]
}
/** First byte of a frame that is a whole text. */
const TEXT = 0x81
/** Lengths that stand in a frame's second byte, and those in the two bytes that follow; others take eight. */
const [SHORT_MAX, MEDIUM_MAX] = [125, 65_535]
const [MEDIUM, LONG] = [126, 127]

class WebSocketInOneWrite extends transports.websocket {
  override send(packets: Packet[]): void {
    const { socket, _onSentLast } = this as unknown as Internals
    const tcp = socket.readyState === OPEN ? socket._socket : null
    const frames = tcp ? packets.flatMap((packet) => this.#framesOf(packet) ?? []) : []
    if (!tcp || frames.length < packets.length) return super.send(packets)
    this.writable = false
    const bytes = frames.length === 1 && frames[0] ? frames[0] : Buffer.concat(frames)
    if (tcp.writableLength === 0 && tcp._handle) writePast(tcp, tcp._handle.fd, bytes, _onSentLast)
    else tcp.write(bytes, _onSentLast)
  }

  /** Null for bytes, which our protocols don't send. */
  #framesOf(packet: Packet): Buffer | Buffer[] | null {
    const { wsPreEncodedFrame } = (packet.options ?? {}) as Framed
    if (wsPreEncodedFrame) return wsPreEncodedFrame
    let frame: Buffer | null = null
    this.parser.encodePacket(packet, true, (text: unknown) => {
      if (typeof text === 'string') frame = frameOf(text)
    })
    return frame
  }
}

/** A frame from a server, which is not masked. */
export function frameOf(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const begin = length <= SHORT_MAX ? 2 : length <= MEDIUM_MAX ? 4 : 10
  const frame = Buffer.allocUnsafe(begin + length)
  frame[0] = TEXT
  frame[1] = length <= SHORT_MAX ? length : length <= MEDIUM_MAX ? MEDIUM : LONG
  if (begin === 4) frame.writeUInt16BE(length, 2)
  if (begin === 10) frame.writeBigUInt64BE(BigInt(length), 2)
  frame.write(text, begin)
  return frame
}

/** Gives each new WebSocket of this server the transport above. */
export function writeFlushesOnce(io: ChatServer): void {
  const engine = io.engine as unknown as { createTransport(name: string, request: Request): unknown }
  const create = engine.createTransport
  engine.createTransport = (name, request) =>
    name === 'websocket' ? new WebSocketInOneWrite(request) : create.call(engine, name, request)
}
