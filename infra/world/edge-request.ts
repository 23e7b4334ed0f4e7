// A client's request as the edge passes it to a machine, and the machine's answer as the client gets it.
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { EdgeRefusal } from './edge-replay.ts'

/** Ours: nothing that a chat is sent is larger. */
const BODY_BYTES_MAX = 10_000_000

/** One request or upgrade. */
export interface EdgeRequest {
  /** The region at which it arrived. */
  from: string
  method: string
  path: string
  headers: OutgoingHttpHeaders
  /** As the client sent them. */
  asked: IncomingHttpHeaders
  body: Buffer
  upgrade: boolean
}

/** What the machine receives. Headers that only the proxy sets are removed from the client's. */
export function edgeRequestOf(from: string, request: IncomingMessage, body: Buffer, upgrade: boolean): EdgeRequest {
  const { method = 'GET', url: path = '/', headers: asked, socket } = request
  const theirs = Object.entries(asked).filter(([name]) => !/^(fly-|transfer-encoding$|content-length$)/.test(name))
  const address = socket.remoteAddress?.replace('::ffff:', '') ?? ''
  const forwarded = asked['x-forwarded-for']
  return {
    from,
    method,
    path,
    asked,
    body,
    upgrade,
    headers: {
      ...Object.fromEntries(theirs),
      // Fly docs, request headers: the region is that of the edge, not of the machine.
      'fly-client-ip': address,
      'fly-region': from,
      'fly-forwarded-port': `${socket.localPort}`,
      'x-forwarded-for': forwarded ? `${String(forwarded)}, ${address}` : address,
      'x-forwarded-proto': 'http',
      'x-forwarded-port': `${socket.localPort}`,
      via: '1.1 edge',
      ...(!upgrade && { connection: 'close' }),
      ...(body.length > 0 || method === 'POST' ? { 'content-length': body.length } : {})
    }
  }
}

/** @throws EdgeRefusal when it is too large */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > BODY_BYTES_MAX) throw new EdgeRefusal(413, 'too large for this edge')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** All of a message's body. */
export async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const HOP = /^(connection|keep-alive|transfer-encoding|fly-replay.*)$/

/** The headers of a machine's answer that the client receives. */
export function shownHeaders({ headers }: IncomingMessage): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.test(name)))
}

/** Status line and headers as text. */
export function headOf(message: IncomingMessage, more?: Record<string, string>): string {
  const { statusCode, statusMessage, headers } = message
  const shown = more ? { ...shownHeaders(message), ...more } : headers
  const lines = Object.entries(shown).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => `${name}: ${String(one)}\r\n`)
  )
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join('')}\r\n`
}
