// Broadcasts to this instance's clients. A packet is encoded and framed once for all of its receivers, and an idle WebSocket gets the
// frames that one announcement has for an audience in one write.
import { writerOf, type FrameWriter } from '../access/frame-writer.ts'
import type { ChatServer, ChatSocket } from './protocol.ts'

/** A packet as Socket.IO's adapter encodes it; the frame is as `ws` sends it. */
interface Packet {
  encoded: string[]
  options: { preEncoded: true; wsPreEncodedFrame?: Buffer[] }
  except: readonly FrameWriter[]
}

/** Packets that are written together. */
interface Batch {
  receivers: readonly FrameWriter[]
  packets: Packet[]
}

/** Rooms of Socket.IO; `rooms`: none are all sockets. */
interface Target {
  rooms: ReadonlySet<string>
  except?: ReadonlySet<string>
  flags?: { local?: boolean }
}

/** What Socket.IO's adapter has no public API for. */
interface Adapter {
  broadcast(packet: object, to: Target): void
  _encode(packet: object, options: Packet['options']): string[]
  apply(to: Target, each: (socket: ChatSocket) => void): void
  on(event: 'join-room' | 'leave-room', changed: (room: string) => void): void
}

/**
 * Takes over `io.local` broadcasts.
 * @returns a function that runs `work` and then writes to each client all that it has broadcast, at once. What `work` sends to a single
 * socket goes first.
 */
export function writeBroadcastsOnce(io: ChatServer): (work: () => void) => void {
  const adapter = io.of('/').adapter as unknown as Adapter
  const broadcast = adapter.broadcast.bind(adapter)
  /** Who is in a room, until somebody joins or leaves it. */
  const listed = new Map<string, readonly FrameWriter[]>()
  let collected: Batch[] | null = null

  const forget = (room: string) => void listed.delete(room)
  adapter.on('join-room', forget)
  adapter.on('leave-room', forget)

  adapter.broadcast = (packet, to) => {
    if (!to.flags?.local) return broadcast(packet, to)
    const receivers = writersIn(to.rooms)
    if (receivers.length === 0) return
    const except = to.except?.size ? writersIn(to.except) : []
    together(() => add(receivers, encode(packet, except)))
  }

  function writersIn(rooms: Target['rooms']): readonly FrameWriter[] {
    const [room = ''] = rooms
    const known = rooms.size === 1 && listed.get(room)
    if (known) return known
    const writers: FrameWriter[] = []
    adapter.apply({ rooms }, (socket) => writers.push(writerOf(socket.conn)))
    // Rooms in which nobody is here are too many to be remembered.
    if (rooms.size === 1 && writers.length > 0) listed.set(room, writers)
    return writers
  }

  function encode(packet: object, except: Packet['except']): Packet {
    const options: Packet['options'] = { preEncoded: true }
    return { encoded: adapter._encode({ ...packet, nsp: '/' }, options), options, except }
  }

  /** To the last batch only: its receivers may be in another one too, and get everything in order. */
  function add(receivers: Batch['receivers'], packet: Packet) {
    const last = collected?.at(-1)
    if (last?.receivers === receivers) last.packets.push(packet)
    else collected?.push({ receivers, packets: [packet] })
  }

  function together(work: () => void) {
    if (collected) return work()
    const batches: Batch[] = (collected = [])
    try {
      work()
    } finally {
      collected = null
      batches.forEach(writeBatch)
    }
  }

  return together
}

function writeBatch({ receivers, packets }: Batch) {
  const excepted = new Set(packets.flatMap(({ except }) => except))
  const frames = framesOf(packets)
  for (const writer of receivers)
    if (excepted.size === 0 || !excepted.has(writer)) write(writer, packets, frames)
    else writeOther(writer, packets)
}

function writeOther(writer: FrameWriter, packets: Packet[]) {
  const others = packets.filter(({ except }) => !except.includes(writer))
  if (others.length > 0) write(writer, others, framesOf(others))
}

function write(writer: FrameWriter, packets: Packet[], frames: Buffer) {
  if (writer.write(frames)) return
  for (const { encoded, options } of packets) for (const part of encoded) writer.connection.write(part, options)
}

const framesOf = (packets: Packet[]) => Buffer.concat(packets.flatMap(({ options }) => options.wsPreEncodedFrame ?? []))
