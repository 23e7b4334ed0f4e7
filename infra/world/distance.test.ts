// The table of round trips, held against the one thing about them that is certain: nothing is faster than light.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CITIES, lengthen, roundTripMs } from './distance.ts'

/** Of the airports that the regions are named after, in degrees. */
const AIRPORTS: Record<string, [latitude: number, longitude: number]> = {
  ams: [52.31, 4.76],
  fra: [50.03, 8.57],
  gru: [-23.43, -46.47],
  iad: [38.94, -77.46],
  jnb: [-26.13, 28.24],
  lhr: [51.47, -0.45],
  nrt: [35.76, 140.39],
  sin: [1.36, 103.99],
  syd: [-33.95, 151.18]
}
const EARTH_RADIUS_KM = 6_371
/** In glass, two thirds of that in a vacuum. */
const LIGHT_KM_PER_MS = 200
/** Cables go around continents, and there is next to none between South America and Africa. */
const DETOUR_MAX = 5

const regions = [...CITIES.keys()]
const pairs = regions.flatMap((from) => regions.filter((to) => from < to).map((to) => [from, to] as const))

describe('the distances', () => {
  it.each(pairs)('%s and %s: as far back as there, and no faster than light', (a, b) => {
    const floorMs = (2 * kilometres(a, b)) / LIGHT_KM_PER_MS
    const ms = roundTripMs(a, b)
    expect(roundTripMs(b, a)).toBe(ms)
    expect(ms).toBeGreaterThan(floorMs)
    expect(ms).toBeLessThan(DETOUR_MAX * floorMs)
  })

  it('knows no others', () => {
    expect(() => roundTripMs('ams', 'xyz')).toThrow('how far is it from ams to xyz?')
  })
})

it('a lengthened socket closes when its other end has ended, after the last bytes', async () => {
  const server = createServer((socket) => socket.end('the last bytes')).listen(0)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const socket = lengthen(connect((server.address() as AddressInfo).port), 1)
  let received = ''
  socket.on('data', (bytes: Buffer) => (received += bytes.toString()))
  await once(socket, 'close')
  expect(received).toBe('the last bytes')
})

/** Along the great circle. */
function kilometres(from: string, to: string): number {
  const [[latitudeA, longitudeA], [latitudeB, longitudeB]] = [from, to].map((region) =>
    (AIRPORTS[region] ?? [NaN, NaN]).map((degrees) => (degrees * Math.PI) / 180)
  ) as [[number, number], [number, number]]
  const haversine =
    Math.sin((latitudeB - latitudeA) / 2) ** 2 +
    Math.cos(latitudeA) * Math.cos(latitudeB) * Math.sin((longitudeB - longitudeA) / 2) ** 2
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(haversine))
}
