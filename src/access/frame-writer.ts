// Writes finished WebSocket frames past Engine.IO, `ws` and Node's streams, which together do three times as much for a frame. What a
// write has to look at is within reach: in a crowd most of its time goes to memory that is not in the processor's caches.
import { writeSync } from 'node:fs'
import type { Socket } from 'node:net'

/** A connection of Engine.IO. Most of what is used here has no public API. */
interface Connection {
  frameWriter?: FrameWriter
  write(packet: string, options: object): void
  writeBuffer: { data?: string | Buffer }[]
  transport?: { socket?: WebSocket }
}
interface WebSocket {
  readyState: number
  _socket?: Tcp | null
}
export type Written = (error?: Error | null) => void
/** `_handle` is null from the moment when the descriptor is closed. */
export type Tcp = Socket & { _handle: { fd: number } | null; _writableState: { length: number } }

/** `readyState` of an open WebSocket. */
export const OPEN = 1

/** One for each connection; see `writerOf`. */
export class FrameWriter {
  readonly connection: Connection
  /** Known once the connection is a WebSocket, which it stays then. */
  #webSocket: WebSocket | undefined
  #tcp: Tcp | undefined
  #queued: Tcp['_writableState'] | undefined
  #descriptor = -1

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** False, and nothing is written, unless it is an open WebSocket without a queue. What the kernel does not take waits in the stream. */
  write(frames: Buffer): boolean {
    const tcp = this.#tcp ?? this.#find()
    // Another connection may have the descriptor of a closed one.
    if (!tcp?._handle || this.#webSocket?.readyState !== OPEN) return false
    if (this.connection.writeBuffer.length > 0 || this.#queued?.length !== 0) return false
    writePast(tcp, this.#descriptor, frames)
    return true
  }

  /** Bytes that wait for the client to read them, approximately: a character that is not framed yet counts as one. */
  get unread(): number {
    let bytes = (this.#tcp ?? this.#find()) ? (this.#queued?.length ?? 0) : 0
    const { writeBuffer } = this.connection
    for (let nth = 0; nth < writeBuffer.length; nth += 1) bytes += writeBuffer[nth]?.data?.length ?? 0
    return bytes
  }

  #find(): Tcp | undefined {
    const { socket } = this.connection.transport ?? {}
    if (!socket?._socket?._handle) return undefined
    this.#webSocket = socket
    this.#tcp = socket._socket
    this.#queued = this.#tcp._writableState
    this.#descriptor = socket._socket._handle.fd
    return this.#tcp
  }
}

/**
 * Writes to a socket whose stream holds nothing, past it. What the kernel does not take at once waits in the stream.
 * @param written called once the kernel has taken everything, which may be at once
 */
export function writePast(tcp: Socket, descriptor: number, bytes: Buffer, written?: Written): void {
  let taken = 0
  try {
    taken = writeSync(descriptor, bytes)
  } catch {
    // The kernel's buffer is full, or the connection is broken: the stream waits, or reports it.
  }
  if (taken < bytes.length) tcp.write(bytes.subarray(taken), written)
  else written?.()
}

export function writerOf(engine: object): FrameWriter {
  const connection = engine as Connection
  return (connection.frameWriter ??= new FrameWriter(connection))
}
