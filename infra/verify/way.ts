// A way into the app that leads to a region of our choice: a door on this computer that adds to every request and upgrade the header
// by which Fly's proxy prefers a region (Fly docs, request headers). Browsers can't send it with an upgrade, and the published client
// doesn't. What came of each is written down.
import { once } from 'node:events'
import { createServer, request as plainly, type IncomingMessage } from 'node:http'
import { request as securely } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { headOf, shownHeaders, textOf } from '../world/edge-visit.ts'

const HOST = '127.0.0.1'
export const PREFER_REGION = 'fly-prefer-region'

/** One request or upgrade that was answered. */
export interface Passage {
  /** The region it was sent to. */
  region: string
  /** The machine that its Socket.IO session is on, as the session id says; null when it belongs to none. */
  owner: string | null
  upgrade: boolean
  status: number
  /** The answer asks for a replay, and nobody has listened. */
  unfollowed: boolean
}

export interface Way {
  readonly url: string
  readonly passages: readonly Passage[]
  close(): Promise<void>
}

/** @param regionOf is asked for every request anew */
export async function openWay(target: string, regionOf: () => string): Promise<Way> {
  const to = new URL(target)
  const request = to.protocol === 'https:' ? securely : plainly
  const passages: Passage[] = []
  const wires = new Set<Socket>()
  const server = createServer({ noDelay: true }, (near, answer) => {
    const asked = ask(near)
    asked.on('response', (far) => {
      answer.writeHead(far.statusCode ?? 502, shownHeaders(far))
      far.pipe(answer)
      far.on('error', () => answer.destroy())
    })
    asked.on('error', (cause) => {
      if (!answer.headersSent) answer.writeHead(502, { 'content-type': 'text/plain' })
      answer.end(`${cause.message}\n`)
    })
    answer.on('close', () => asked.destroy())
    near.pipe(asked)
  })
  server.on('upgrade', (near, wire: Socket, early) => {
    const asked = ask(near)
    wire.on('error', () => wire.destroy())
    wire.on('close', () => asked.destroy())
    asked.on('error', () => wire.destroy())
    asked.on('response', (far) => {
      void textOf(far).then(
        (said) => wire.end(headOf(far, { 'content-length': `${Buffer.byteLength(said)}`, connection: 'close' }) + said),
        () => wire.destroy()
      )
    })
    asked.on('upgrade', (message, far, head) => {
      far.on('error', () => wire.destroy())
      far.on('close', () => wire.destroy())
      wire.on('close', () => far.destroy())
      wire.write(headOf(message))
      wire.write(head)
      far.write(early)
      wire.pipe(far).pipe(wire)
    })
    asked.end()
  })
  server.on('connection', (wire: Socket) => {
    wires.add(wire)
    wire.once('close', () => wires.delete(wire))
  })

  function ask({ method = 'GET', url = '/', headers }: IncomingMessage) {
    const region = regionOf()
    const address = new URL(url, to)
    const owner = address.searchParams.get('sid')?.split('.')[0] ?? null
    const asked = request(address, { method, headers: { ...headers, host: to.host, [PREFER_REGION]: region } })
    const note = (upgrade: boolean) => (answer: IncomingMessage) =>
      passages.push({
        region,
        owner,
        upgrade,
        status: answer.statusCode ?? 0,
        unfollowed: 'fly-replay' in answer.headers
      })
    asked.on('response', note('upgrade' in headers))
    asked.on('upgrade', note(true))
    return asked
  }

  server.listen(0, HOST)
  await once(server, 'listening')
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    passages,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const wire of wires) wire.destroy()
      await closed
    }
  }
}
