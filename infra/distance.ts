// How far apart things are: round trips between regions of the Earth, and a wire that is as long.
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { delayLine } from './testing/tcp-proxy.ts'

/** Between machines of one region. Assumed: neighbouring buildings, as Upstash's "same-region read < 1 ms" suggests. */
const SAME_REGION_MS = 1

/**
 * Round trips in milliseconds. Assumed, not measured by us: of the size that public pings between the big clouds' sites near these
 * cities show. Real ones differ by provider and day, so nothing that is tested here may depend on them.
 */
const ROUND_TRIPS: Record<string, number> = {
  // Amsterdam and Virginia: 6,200 km; light in glass would need 62.
  'ams iad': 85,
  // Amsterdam and Tokyo: 9,300 km, but most cables go around; light in glass would need 93.
  'ams nrt': 230,
  // Virginia and Tokyo: 10,900 km; light in glass would need 109.
  'iad nrt': 155
}

/** Milliseconds there and back. @throws for a pair that the table lacks */
export function roundTripMs(from: string, to: string): number {
  if (from === to) return SAME_REGION_MS
  const ms = ROUND_TRIPS[[from, to].toSorted().join(' ')]
  if (ms === undefined) throw new Error(`how far is it from ${from} to ${to}?`)
  return ms
}

/** The same wire, but everything takes so long in each direction. */
export function lengthen(wire: Socket, oneWayMs: number): Duplex {
  const out = delayLine(() => oneWayMs)
  const back = delayLine(() => oneWayMs)
  const end = new Duplex({
    read: () => void wire.resume(),
    write(bytes: Buffer, _encoding, done) {
      out(() => wire.writable && wire.write(bytes))
      done()
    },
    final(done) {
      out(() => wire.end())
      done()
    },
    destroy(cause, done) {
      out(() => wire.destroy())
      done(cause)
    }
  })
  const arrive = (bytes: Buffer | null) =>
    back(() => {
      if (!end.destroyed && !end.push(bytes)) wire.pause()
    })
  wire.on('data', arrive)
  wire.on('end', () => arrive(null))
  wire.on('error', (cause) => back(() => end.destroy(cause)))
  // Closed without an end and without an error: cut on this side.
  wire.on('close', () => back(() => !wire.readableEnded && end.destroy()))
  return end
}
