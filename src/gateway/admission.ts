// Limits on connections, and on the packets of one connection and one address. request-guard.ts has checked origin and host.
import type { IncomingMessage } from 'node:http'
import type { Socket as Connection } from 'engine.io'
import type { Clock } from '../clock.ts'
import { createBuckets } from '../chat/rate-limit.ts'
import type { Proxies } from '../access/proxies.ts'
import type { Origins, Standing } from '../origins.ts'
import { idOf, writeUpgradeAtOnce } from './connection.ts'

/** Packets of one connection, of any kind: far above what clients send, and too few to slow down others. */
const PACKETS_BURST = 400
const PACKETS_PER_SECOND = 100
/** A long packet counts as one more for each of this many bytes. */
const CONNECTION_PACKET_BYTES = 8_000
/** Packets of all connections of one address; the connection that sends the most is closed first. */
const ADDRESS_PACKETS_BURST = 20_000
const ADDRESS_PACKETS_PER_SECOND = 5_000
/** Parsing this many bytes of JSON takes about as long as a short packet. */
const ADDRESS_PACKET_BYTES = 1_000

export interface AdmissionOptions {
  origins: Origins
  clock: Clock
  proxies: Pick<Proxies, 'addressOf'>
  connectionsPerAddress: number
  connectionsMax: number
  /** Charges the address for a handshake; false when it lacks the tokens. */
  mayConnect(address: string): boolean
  onRefused(why: 'address-full' | 'full' | 'too-fast' | 'flood'): void
}

export interface Admission {
  /** For Socket.IO's `allowRequest`: called once per connection, polling or upgrade. */
  allowRequest(request: IncomingMessage, decide: (refusal: string | null, allowed: boolean) => void): void
  standing(request: IncomingMessage): Standing
  /** A connection of this address was opened, or closed. */
  opened(address: string): void
  closed(address: string): void
  /** Counts a packet; false when the connection sends too many and is to be closed. */
  accepts(connection: Connection, address: string, bytes: number): boolean
}

export function createAdmission(options: AdmissionOptions): Admission {
  const { origins, clock, proxies, connectionsPerAddress, connectionsMax, mayConnect, onRefused } = options
  const connections = new Map<string, number>()
  const packets = createBuckets({ burst: PACKETS_BURST, perSecond: PACKETS_PER_SECOND, clock })
  const addressPackets = createBuckets({ burst: ADDRESS_PACKETS_BURST, perSecond: ADDRESS_PACKETS_PER_SECOND, clock })
  let total = 0
  const address = proxies.addressOf

  return {
    allowRequest(request, decide) {
      const refuse = (why: 'address-full' | 'full' | 'too-fast', sentence: string) => {
        onRefused(why)
        decide(sentence, false)
      }
      if (total >= connectionsMax) return refuse('full', 'This instance is full. Please try again in a moment.')
      if ((connections.get(address(request)) ?? 0) >= connectionsPerAddress)
        return refuse('address-full', 'Too many connections from this address.')
      if (!mayConnect(address(request)))
        return refuse('too-fast', 'Too many new connections from this address. Please try again in a moment.')
      if (request.headers.upgrade !== undefined) writeUpgradeAtOnce(request.socket)
      decide(null, true)
    },
    standing: (request) => origins.standing(request.headers),
    opened(from) {
      total += 1
      connections.set(from, (connections.get(from) ?? 0) + 1)
    },
    closed(from) {
      total -= 1
      const left = (connections.get(from) ?? 1) - 1
      if (left > 0) connections.set(from, left)
      else connections.delete(from)
    },
    accepts(connection, from, bytes) {
      const id = idOf(connection)
      if (
        packets.take(id, packetCost(bytes, CONNECTION_PACKET_BYTES)) === 0 &&
        addressPackets.take(from, packetCost(bytes, ADDRESS_PACKET_BYTES), id) === 0
      )
        return true
      onRefused('flood')
      return false
    }
  }
}

const packetCost = (bytes: number, bytesPerPacket: number) => 1 + Math.floor(bytes / bytesPerPacket)
