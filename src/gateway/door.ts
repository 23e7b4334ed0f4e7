// How many may connect, and how many packets one connection may send. request-guard.ts has checked who asks.
import type { IncomingMessage } from 'node:http'
import type { Socket as Connection } from 'engine.io'
import type { Clock } from '../chat/clock.ts'
import { createBuckets } from '../chat/rate-limit.ts'
import { addressOf } from '../client-address.ts'
import type { Origins, Standing } from '../origins.ts'
import { cut, idOf } from './connection.ts'
import type { ChatServer } from './vocabulary.ts'

/** Packets of one connection, of whatever kind. Far above what any client says; below what costs others anything. */
const PACKETS_BURST = 400
const PACKETS_PER_SECOND = 100
const GOODBYE_MS = 1_000

export interface DoorOptions {
  origins: Origins
  clock: Clock
  isOnFly: boolean
  connectionsPerAddress: number
  connectionsMax: number
  onRefused(why: 'address-full' | 'full' | 'flood'): void
}

export interface Door {
  /** For Socket.IO's `allowRequest`: asked once per connection, polling or upgrade. */
  allowRequest(request: IncomingMessage, decide: (refusal: string | null, allowed: boolean) => void): void
  standing(request: IncomingMessage): Standing
  address(request: IncomingMessage): string
  /** Counts connections and closes those that flood. */
  watch(io: ChatServer): void
}

export function createDoor(options: DoorOptions): Door {
  const { origins, clock, isOnFly, connectionsPerAddress, connectionsMax, onRefused } = options
  const here = new Map<string, number>()
  const packets = createBuckets({ burst: PACKETS_BURST, perSecond: PACKETS_PER_SECOND, clock })
  let total = 0
  const address = (request: IncomingMessage) => addressOf(request.headers, request.socket.remoteAddress, isOnFly)

  return {
    allowRequest(request, decide) {
      const refuse = (why: 'address-full' | 'full', sentence: string) => {
        onRefused(why)
        decide(sentence, false)
      }
      if (total >= connectionsMax) return refuse('full', 'This instance is full. Please try again in a moment.')
      if ((here.get(address(request)) ?? 0) >= connectionsPerAddress)
        return refuse('address-full', 'Too many connections from this address.')
      decide(null, true)
    },
    standing: (request) => origins.standing(request.headers),
    address,
    watch(io) {
      io.engine.on('connection', (connection: Connection) => {
        const from = address(connection.request)
        total += 1
        here.set(from, (here.get(from) ?? 0) + 1)
        connection.on('packet', () => {
          if (packets.take(idOf(connection)) === 0) return
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
