// The page of `npm run world`: shows its regions and has a button for each thing that can happen to one. Loopback only.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DEEDS, type Deed, type World } from './world.ts'

const HOST = '127.0.0.1'
const PAGE = readFileSync(join(import.meta.dirname, 'world.html'))

/** `GET /` is the page, `GET /regions` what it shows, `POST /regions/<region>/<deed>` a button. @throws when the port is taken */
export async function openWorldPage(world: Pick<World, 'regions' | 'press'>, port: number) {
  const server = createServer((request, response) => {
    const answer = (status: number, body: string | Buffer = '', type = 'application/json') =>
      response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' }).end(body)
    const { method, url = '/', headers } = request
    const [, region = '', deed = ''] = /^\/regions\/([a-z]+)\/([a-z]+)$/.exec(url) ?? []
    if (method === 'GET' && url === '/') answer(200, PAGE, 'text/html')
    else if (method === 'GET' && url === '/regions')
      void world.regions().then(
        (regions) => answer(200, JSON.stringify(regions)),
        () => answer(500)
      )
    // Another page in the same browser must not press buttons here.
    else if (method !== 'POST' || (headers.origin !== undefined && URL.parse(headers.origin)?.host !== headers.host))
      answer(404)
    else if (!isDeed(deed)) answer(404)
    else
      void world.press(region, deed).then(
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

const isDeed = (word: string): word is Deed => (DEEDS as readonly string[]).includes(word)
