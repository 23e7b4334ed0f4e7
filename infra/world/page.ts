// The page of `npm run world`: shows its regions, with a button for each operation on one. Loopback only.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { MachineState } from './machine.ts'

const HOST = '127.0.0.1'
const TYPES = { '/': 'text/html', '/world.css': 'text/css', '/world-view.js': 'text/javascript' }
const FILES = new Map(
  Object.entries(TYPES).map(([path, type]) => [
    path,
    { type, body: readFileSync(join(import.meta.dirname, path === '/' ? 'world.html' : path)) }
  ])
)

/** What can be done to a region, and undone. The page says what each means. */
export const OPERATIONS = [
  'kill',
  'crash',
  'drain',
  'stop',
  'start',
  'stall',
  'wake',
  'cut',
  'mend',
  'restart'
] as const
export type Operation = (typeof OPERATIONS)[number]

export interface RegionState {
  region: string
  city: string
  /** Where people of this region come in. */
  url: string
  machine: MachineState
  /** Of its process; null: there is none. */
  pid: number | null
  network: 'open' | 'cut'
  /** Whether the edge sends anybody new to it. */
  healthy: boolean
  /** Which region serves those who come in here now, and how long it took to ask; null: nobody does. */
  served: { by: string; ms: number } | null
  /** People in the whole chat by region, as seen by who serves here. */
  people: Record<string, number> | null
  /** To the other regions and to Redis, in milliseconds there and back. */
  roundTrips: Record<string, number>
}

export interface World {
  url: string
  /** Redis itself, without its distance: for programs such as `npm run verify -- … --redis-url`. */
  redisUrl: string
  regions(): Promise<RegionState[]>
  /** Resolves when it is done, not when anybody has recovered. */
  press(region: string, operation: Operation): Promise<void>
  close(): Promise<void>
}

/** `GET /` is the page, `GET /regions` what it shows, `POST /regions/<region>/<operation>` a button. @throws when the port is taken */
export async function openWorldPage(world: Pick<World, 'regions' | 'press'>, port: number) {
  const server = createServer((request, response) => {
    const answer = (status: number, body: string | Buffer = '', type = 'application/json') =>
      response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' }).end(body)
    const { method, url = '/', headers } = request
    const [, region = '', operation = ''] = /^\/regions\/([a-z]+)\/([a-z]+)$/.exec(url) ?? []
    const file = method === 'GET' ? FILES.get(url) : undefined
    if (file) answer(200, file.body, file.type)
    else if (method === 'GET' && url === '/regions')
      void world.regions().then(
        (regions) => answer(200, JSON.stringify(regions)),
        () => answer(500)
      )
    // Another page in the same browser must not press buttons here.
    else if (method !== 'POST' || (headers.origin !== undefined && URL.parse(headers.origin)?.host !== headers.host))
      answer(404)
    else if (!isOperation(operation)) answer(404)
    else
      void world.press(region, operation).then(
        () => answer(204),
        () => answer(500)
      )
  })
  server.listen(port, HOST)
  await once(server, 'listening')
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    }
  }
}

const isOperation = (word: string): word is Operation => (OPERATIONS as readonly string[]).includes(word)
