// How far apart things are: round trips between regions of the Earth, and a socket that is as long.
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { delayLine } from '../testing/tcp-proxy.ts'

/**
 * Between machines of one region: IBM Cloud's averages between its zones are 0.8 to 0.9 ms in Frankfurt and Washington, and 1.5 to
 * 2 ms in Tokyo (IBM Cloud docs, VPC network latency, 3 February to 3 March 2024).
 */
const SAME_REGION_MS = 1

/** The cities that the table knows, by Fly's names for them (Fly docs, regions), and the site of Azure that stands for each. */
export const CITIES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // West Europe, in the Netherlands.
    ams: 'Amsterdam',
    // Germany West Central, in Frankfurt.
    fra: 'Frankfurt',
    // Brazil South, in the state of São Paulo.
    gru: 'São Paulo',
    // East US, in Virginia.
    iad: 'Virginia',
    // South Africa North, in Johannesburg.
    jnb: 'Johannesburg',
    // UK South, in London.
    lhr: 'London',
    // Japan East, around Tokyo.
    nrt: 'Tokyo',
    // Southeast Asia, in Singapore.
    sin: 'Singapore',
    // Australia East, in New South Wales.
    syd: 'Sydney'
  })
)

/**
 * Round trips in milliseconds: medians over the 30 days to 30 July 2026 between those sites, from the first to the second (Microsoft
 * Learn, "Azure network round-trip latency statistics"; the other direction differs by 4 at most). Fly shows none of its own (Fly
 * docs, load balancing). They differ by provider and year, from IBM Cloud's of November 2025 by up to a seventh: nothing that is
 * tested may depend on them.
 */
const ROUND_TRIPS = new Map(
  Object.entries<Partial<Record<string, number>>>({
    ams: { fra: 11, gru: 185, iad: 85, jnb: 166, lhr: 11, nrt: 233, sin: 169, syd: 265 },
    fra: { gru: 196, iad: 94, jnb: 165, lhr: 16, nrt: 235, sin: 166, syd: 266 },
    gru: { iad: 118, jnb: 321, lhr: 181, nrt: 262, sin: 331, syd: 295 },
    iad: { jnb: 219, lhr: 78, nrt: 162, sin: 224, syd: 201 },
    jnb: { lhr: 163, nrt: 247, sin: 177, syd: 328 },
    lhr: { nrt: 229, sin: 167, syd: 261 },
    nrt: { sin: 72, syd: 103 },
    sin: { syd: 95 }
  }).map(([from, to]) => [from, new Map(Object.entries(to))] as const)
)

/** Milliseconds there and back. @throws for a pair that the table lacks */
export function roundTripMs(from: string, to: string): number {
  if (from === to) return SAME_REGION_MS
  const ms = ROUND_TRIPS.get(from)?.get(to) ?? ROUND_TRIPS.get(to)?.get(from)
  if (ms === undefined) throw new Error(`how far is it from ${from} to ${to}?`)
  return ms
}

/** The same socket, but everything takes so long in each direction. */
export function lengthen(socket: Socket, oneWayMs: number): Duplex {
  const out = delayLine(() => oneWayMs)
  const back = delayLine(() => oneWayMs)
  const end = new Duplex({
    // As a socket of Node's: otherwise it would take bytes for ever that reach nobody.
    allowHalfOpen: false,
    read: () => void socket.resume(),
    write(bytes: Buffer, _encoding, done) {
      out(() => socket.writable && socket.write(bytes))
      done()
    },
    final(done) {
      out(() => socket.end())
      done()
    },
    destroy(cause, done) {
      out(() => socket.destroy())
      done(cause)
    }
  })
  const arrive = (bytes: Buffer | null) =>
    back(() => {
      if (!end.destroyed && !end.push(bytes)) socket.pause()
    })
  socket.on('data', arrive)
  socket.on('end', () => arrive(null))
  socket.on('error', (cause) => back(() => end.destroy(cause)))
  // Closed without an end and without an error: cut on this side.
  socket.on('close', () => back(() => !socket.readableEnded && end.destroy()))
  return end
}
