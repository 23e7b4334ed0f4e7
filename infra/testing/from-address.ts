// Clients of one computer that come from several addresses: Linux lets a client choose any of 127.0.0.0/8 as its own.
import { Agent, request } from 'node:http'
import type { Socket } from 'socket.io-client'
import type { SessionAnswer } from '../../src/contract.ts'
import { asNative, connected, openSocket } from './clients.ts'

const SOCKETS_MAX = 64
const REQUEST_WITHIN_MS = 30_000

export interface HttpAnswer {
  status: number
  body: string
}

export interface HttpAsk {
  method?: string
  headers?: Record<string, string>
  /** Sent as JSON. */
  body?: unknown
  /** Sent as plain text. */
  text?: string
}

export type AddressClient = ReturnType<typeof clientFrom>

/** What a program at `address` can do to the server at `url`, an IPv4 address and a port. */
export function clientFrom(address: string, url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX, localAddress: address })
  const open = new Set<Socket>()
  const pollingAgent = new Agent({ keepAlive: true, localAddress: address })

  /** @throws the connection's error, and an error after 30 s without an answer */
  function ask(path: string, { method = 'GET', headers = {}, body, text }: HttpAsk = {}): Promise<HttpAnswer> {
    return new Promise((done, failed) => {
      const asked = request(url + path, { method, agent, timeout: REQUEST_WITHIN_MS }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', failed)
        response.on('end', () => done({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
      })
      for (const [name, value] of Object.entries(headers)) asked.setHeader(name, value)
      if (body !== undefined) asked.setHeader('content-type', 'application/json')
      asked.on('timeout', () => asked.destroy(new Error('no answer')))
      asked.on('error', failed)
      asked.end(body === undefined ? text : JSON.stringify(body))
    })
  }

  /** The session, or null when the server refuses it. */
  async function signIn(name: string): Promise<SessionAnswer | null> {
    const { status, body } = await ask('/api/session', { method: 'POST', body: { name } })
    return status === 201 ? (JSON.parse(body) as SessionAnswer) : null
  }

  /** A connected socket; null when it is refused or the server does not answer. */
  function connect(options: Record<string, unknown> = {}): Promise<Socket | null> {
    // WebSockets know `localAddress`, long polling knows an agent; neither is in the types.
    const from: Record<string, unknown> = { localAddress: address, agent: pollingAgent }
    const socket = openSocket(url, { transports: ['websocket'], timeout: REQUEST_WITHIN_MS, ...from, ...options })
    open.add(socket)
    socket.once('disconnect', () => open.delete(socket))
    return connected(socket).then(
      () => socket,
      () => {
        open.delete(socket)
        socket.disconnect()
        return null
      }
    )
  }

  return {
    address,
    url,
    ask,
    signIn,
    connect,
    connectNative: (token: string, options = {}) => connect({ ...asNative(token), ...options }),

    /** Ends all connections. */
    close() {
      for (const socket of open) socket.disconnect()
      agent.destroy()
      pollingAgent.destroy()
    }
  }
}
