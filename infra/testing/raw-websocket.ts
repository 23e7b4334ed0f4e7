// A WebSocket for tests that does what no library does: stops reading, floods, lies about its origin.
import { request, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { randomBytes } from 'node:crypto'

export interface RawWebSocket {
  /** Status of the answer to the upgrade; 101 when it is open. */
  status: number
  body: string
  tcp: Socket
  /** A masked text frame. */
  say(text: string): void
  /** Text frames received so far, as far as this side has read. */
  received: string[]
  closed: Promise<void>
}

const open = new Set<Socket>()

/** Cuts all that a test left open. */
export function closeRaws(): void {
  for (const tcp of open) tcp.destroy()
}

export function openRaw(
  url: string,
  headers: Record<string, string> = {},
  path = '/socket.io/?EIO=4&transport=websocket',
  /** `localAddress`: the address of this computer to come from. */
  from: { localAddress?: string } = {}
) {
  return new Promise<RawWebSocket>((done, failed) => {
    const asked = request(url + path, {
      ...from,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
        ...headers
      }
    })
    asked.on('error', failed)
    asked.on('response', (answer: IncomingMessage) => {
      let body = ''
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()))
      answer.on('end', () => done(raw(answer.socket, answer.statusCode ?? 0, body)))
    })
    asked.on('upgrade', (answer, tcp, head) => {
      const socket = raw(tcp, answer.statusCode ?? 0, '')
      if (head.length > 0) tcp.unshift(head)
      done(socket)
    })
    asked.end()
  })
}

function raw(tcp: Socket, status: number, body: string): RawWebSocket {
  const received: string[] = []
  let unread = Buffer.alloc(0)
  open.add(tcp)
  tcp.once('close', () => open.delete(tcp))
  tcp.on('error', () => {})
  tcp.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk])
    for (let frame = readFrame(unread); frame; frame = readFrame(unread)) {
      unread = unread.subarray(frame.size)
      if (frame.opcode === 1) received.push(frame.text)
    }
  })
  return {
    status,
    body,
    tcp,
    received,
    say: (text) => void (tcp.writable && tcp.write(textFrame(text))),
    closed: new Promise((done) => tcp.once('close', () => done()))
  }
}

/** One final text frame, masked as a client must. */
export function textFrame(text: string): Buffer {
  const body = Buffer.from(text)
  const mask = randomBytes(4)
  const length =
    body.length < 126
      ? Buffer.from([0x80 | body.length])
      : body.length < 65_536
        ? Buffer.from([0x80 | 126, body.length >> 8, body.length & 255])
        : Buffer.concat([Buffer.from([0x80 | 127]), bigEndian(body.length)])
  const masked = body.map((byte, index) => byte ^ (mask[index % 4] ?? 0))
  return Buffer.concat([Buffer.from([0x81]), length, mask, masked])
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

/** The first whole frame of a server (unmasked), or null when more bytes are needed. */
function readFrame(bytes: Buffer): { opcode: number; text: string; size: number } | null {
  if (bytes.length < 2) return null
  const short = (bytes[1] ?? 0) & 127
  const header = short < 126 ? 2 : short === 126 ? 4 : 10
  if (bytes.length < header) return null
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (bytes.length < header + length) return null
  const body = bytes.subarray(header, header + length)
  return { opcode: (bytes[0] ?? 0) & 15, text: body.toString(), size: header + length }
}
