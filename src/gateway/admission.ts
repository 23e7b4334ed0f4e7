// How many may connect, and how many packets one connection may send. request-guard.ts has checked who asks.
import type { IncomingMessage } from 'node:http'
import type { Socket as Connection } from 'engine.io'
import type { Clock } from '../clock.ts'
import { createBuckets } from '../chat/rate-limit.ts'
import { addressOf } from '../access/client-address.ts'
import type { Origins, Standing } from '../origins.ts'
import { cut, idOf } from './connection.ts'
import type { ChatServer } from './protocol.ts'

/** Packets of one connection, of whatever kind. Far above what any client says; below what costs others anything. */
const PACKETS_BURST = 400
const PACKETS_PER_SECOND = 100
/** A long packet counts as one more for each of these bytes. */
const CONNECTION_PACKET_BYTES = 8_000
/** Packets of one address, of all its connections; the connection that sends most is closed first. */
const ADDRESS_PACKETS_BURST = 20_000
const ADDRESS_PACKETS_PER_SECOND = 5_000
/** Parsing this many bytes of JSON takes about as long as a short packet. */
const ADDRESS_PACKET_BYTES = 1_000
const GOODBYE_MS = 1_000

export interface AdmissionOptions {
  origins: Origins
  clock: Clock
  isOnFly: boolean
  connectionsPerAddress: number
  connectionsMax: number
  /** Pays for a handshake of this address; false when it lacks the tokens. */
  mayConnect(address: string): boolean
  onRefused(why: 'address-full' | 'full' | 'too-fast' | 'flood'): void
}

export interface Admission {
  /** For Socket.IO's `allowRequest`: asked once per connection, polling or upgrade. */
  allowRequest(request: IncomingMessage, decide: (refusal: string | null, allowed: boolean) => void): void
  standing(request: IncomingMessage): Standing
  address(request: IncomingMessage): string
  /** Counts connections and closes those that flood. */
  watch(io: ChatServer): void
}

export function createAdmission(options: AdmissionOptions): Admission {
  const { origins, clock, isOnFly, connectionsPerAddress, connectionsMax, mayConnect, onRefused } = options
  const here = new Map<string, number>()
  const packets = createBuckets({ burst: PACKETS_BURST, perSecond: PACKETS_PER_SECOND, clock })
  const addressPackets = createBuckets({ burst: ADDRESS_PACKETS_BURST, perSecond: ADDRESS_PACKETS_PER_SECOND, clock })
  let total = 0
  const address = (request: IncomingMessage) => addressOf(request.headers, request.socket.remoteAddress, isOnFly)

  return {
    allowRequest(request, decide) {
      const refuse = (why: 'address-full' | 'full' | 'too-fast', sentence: string) => {
        onRefused(why)
        decide(sentence, false)
      }
      if (total >= connectionsMax) return refuse('full', 'This instance is full. Please try again in a moment.')
      if ((here.get(address(request)) ?? 0) >= connectionsPerAddress)
        return refuse('address-full', 'Too many connections from this address.')
      if (!mayConnect(address(request)))
        return refuse('too-fast', 'Too many new connections from this address. Please try again in a moment.')
      decide(null, true)
    },
    standing: (request) => origins.standing(request.headers),
    address,
    watch(io) {
      io.engine.on('connection', (connection: Connection) => {
        const from = address(connection.request)
        total += 1
        here.set(from, (here.get(from) ?? 0) + 1)
        connection.on('packet', ({ data }: { data?: string | Buffer }) => {
          const bytes = data?.length ?? 0
          const id = idOf(connection)
          if (
            packets.take(id, packetCost(bytes, CONNECTION_PACKET_BYTES)) === 0 &&
            addressPackets.take(from, packetCost(bytes, ADDRESS_PACKET_BYTES), id) === 0
          )
            return
          onRefused('flood')
          cut(connection)
        })
        connection.once('close', () => {
          // ws would go on reading, half a minute long, from one that doesn't answer the goodbye.
          clock.after(GOODBYE_MS, () => cut(connection))
          total -= 1
          const left = (here.get(from) ?? 1) - 1
          if (left > 0) here.set(from, left)
          else here.delete(from)
        })
      })
    }
  }
}

const packetCost = (bytes: number, bytesPerPacket: number) => 1 + Math.floor(bytes / bytesPerPacket)
