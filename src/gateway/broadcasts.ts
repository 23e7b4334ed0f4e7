// Broadcasts to this instance's clients. A packet is encoded and framed once for all of its receivers, and an idle WebSocket gets the
// frames of one announcement in one write, past the queues of Engine.IO.
import { writeFrame } from './connection.ts'
import type { ChatServer, ChatSocket } from './protocol.ts'

/** A packet as Socket.IO's adapter encodes it; the frame is as `ws` sends it. */
interface Packet {
  encoded: unknown
  options: { preEncoded: true; wsPreEncodedFrame?: Buffer[] }
}

/** Packets that are written together, and those that follow them at some of the receivers. Receivers of the same share one buffer. */
interface Packets {
  all: Packet[]
  next: Map<Packet, Packets>
  frames: Buffer | null
}

/** What Socket.IO's adapter has no public API for. */
interface Adapter {
  broadcast(packet: { nsp?: string }, to: { flags?: { local?: boolean } }): void
  _encode(packet: object, options: Packet['options']): unknown
  apply(to: object, each: (socket: ChatSocket) => void): void
}
interface Client {
  client: { writeToEngine(encoded: unknown, options: object): void }
}

/**
 * Takes over `io.local` broadcasts.
 * @returns a function that runs `work` and then writes to each client all that it has broadcast, at once. What `work` sends to a single
 * socket goes first.
 */
export function writeBroadcastsOnce(io: ChatServer): (work: () => void) => void {
  const adapter = io.of('/').adapter as unknown as Adapter
  const broadcast = adapter.broadcast.bind(adapter)
  const nothing = (): Packets => ({ all: [], next: new Map(), frames: null })
  let first = nothing()
  let collected: Map<ChatSocket, Packets> | null = null

  adapter.broadcast = (packet, to) => {
    if (!to.flags?.local) return broadcast(packet, to)
    together(() => {
      let sent: Packet | null = null
      adapter.apply(to, (socket) => {
        // Not for nobody.
        sent ??= encode(packet)
        collected?.set(socket, after(collected.get(socket) ?? first, sent))
      })
    })
  }

  function encode(packet: object): Packet {
    const options: Packet['options'] = { preEncoded: true }
    return { encoded: adapter._encode({ ...packet, nsp: '/' }, options), options }
  }

  function after(before: Packets, packet: Packet): Packets {
    let packets = before.next.get(packet)
    if (!packets) before.next.set(packet, (packets = { ...nothing(), all: [...before.all, packet] }))
    return packets
  }

  function together(work: () => void) {
    if (collected) return work()
    const writes = (collected = new Map<ChatSocket, Packets>())
    try {
      work()
    } finally {
      collected = null
      first = nothing()
      for (const [socket, packets] of writes) write(socket, packets)
    }
  }

  function write(socket: ChatSocket, packets: Packets) {
    packets.frames ??= Buffer.concat(packets.all.flatMap(({ options }) => options.wsPreEncodedFrame ?? []))
    if (writeFrame(socket.conn, packets.frames)) return
    const { client } = socket as unknown as Client
    for (const { encoded, options } of packets.all) client.writeToEngine(encoded, options)
  }

  return together
}
