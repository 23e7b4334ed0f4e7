// Entries of the bus stream, in the format of the stock Streams adapter: an emit to a room that no client joins.
import * as v from 'valibot'

// The names `letters` and `letter` are part of the wire: instances of the previous build read and write them.
/** A Socket.IO room that no client joins: the adapter writes what is emitted to it into the stream. */
export const BUS_ROOM = 'letters'
export const BUS_EVENT = 'letter'
/** MessageType.BROADCAST of socket.io-adapter: an emit. */
const BROADCAST = '3'
const NAMESPACE = '/'
/** PacketType.EVENT of socket.io-parser. */
const EVENT = 2

/** An entry as the adapter writes it. Anyone who can write to this Redis can leave out or invent fields. */
export type Entry = Record<string, string>

const broadcast = v.object({
  opts: v.object({ rooms: v.tuple([v.literal(BUS_ROOM)]) }),
  packet: v.object({ data: v.tuple([v.literal(BUS_EVENT), v.string()]) })
})

/** The encrypted message in an entry, or null when it holds something else. */
export function encryptedIn({ type, data }: Entry): string | null {
  if (type !== BROADCAST || !data?.includes(`"${BUS_EVENT}"`)) return null
  try {
    return v.parse(broadcast, JSON.parse(data)).packet.data[1]
  } catch {
    return null
  }
}

/** What the adapter whose id is `uid` would write for an encrypted message. */
export function entryWith(uid: string, encrypted: string): Entry {
  const opts = { rooms: [BUS_ROOM], except: [], flags: {} }
  const packet = { type: EVENT, data: [BUS_EVENT, encrypted] }
  return { uid, nsp: NAMESPACE, type: BROADCAST, data: JSON.stringify({ packet, opts }) }
}
