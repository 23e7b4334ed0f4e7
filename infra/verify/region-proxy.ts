// A local proxy that leads to a region of choice: it adds the header by which Fly's proxy prefers a region (Fly docs, request headers)
// to every request and upgrade. The published client can't send headers.
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { headOf, shownHeaders, textOf } from '../world/edge-visit.ts'

const HOST = '127.0.0.1'
export const PREFER_REGION = 'fly-prefer-region'

/** One answered request or upgrade. */
export interface Passage {
  region: string
  /** The machine of its Socket.IO session, from the session id. */
  owner: string | null
  upgrade: boolean
  status: number
  /** The answer asks for a replay that Fly's proxy did not do. */
  unreplayed: boolean
}

export interface RegionProxy {
  readonly url: string
  readonly passages: readonly Passage[]
  close(): Promise<void>
}

/** @param regionFor is called for every request */
export async function openRegionProxy(target: string, regionFor: () => string): Promise<RegionProxy> {
  const to = new URL(target)
  const passages: Passage[] = []
  const sockets = new Set<Socket>()

  function forward({ method = 'GET', url = '/', headers }: IncomingMessage) {
    const region = regionFor()
    const address = new URL(url, to)
    const owner = address.searchParams.get('sid')?.split('.')[0] ?? null
    const request = to.protocol === 'https:' ? httpsRequest : httpRequest
    const forwarded = request(address, { method, headers: { ...headers, host: to.host, [PREFER_REGION]: region } })
    const note = (upgrade: boolean) => (answer: IncomingMessage) => {
      const unreplayed = 'fly-replay' in answer.headers
      passages.push({ region, owner, upgrade, status: answer.statusCode ?? 0, unreplayed })
    }
    return forwarded.on('response', note('upgrade' in headers)).on('upgrade', note(true))
  }

  const server = createServer({ noDelay: true }, (near, answer) => {
    const forwarded = forward(near)
    forwarded.on('response', (far) => {
      answer.writeHead(far.statusCode ?? 502, shownHeaders(far))
      far.pipe(answer)
      far.on('error', () => answer.destroy())
    })
    forwarded.on('error', (cause) => {
      if (!answer.headersSent) answer.writeHead(502, { 'content-type': 'text/plain' })
      answer.end(`${cause.message}\n`)
    })
    answer.on('close', () => forwarded.destroy())
    near.pipe(forwarded)
  })
  server.on('upgrade', (near, socket: Socket, early) => {
    const forwarded = forward(near)
    const cut = () => socket.destroy()
    socket.on('error', cut).on('close', () => forwarded.destroy())
    forwarded.on('error', cut)
    forwarded.on('response', (far) => {
      const close = (body: string) => ({ 'content-length': `${Buffer.byteLength(body)}`, connection: 'close' })
      void textOf(far).then((body) => socket.end(headOf(far, close(body)) + body), cut)
    })
    forwarded.on('upgrade', (message, far, head) => {
      far.on('error', cut).on('close', cut)
      socket.on('close', () => far.destroy())
      socket.write(headOf(message))
      socket.write(head)
      far.write(early)
      socket.pipe(far).pipe(socket)
    })
    forwarded.end()
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  server.listen(0, HOST)
  await once(server, 'listening')
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    passages,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    }
  }
}
