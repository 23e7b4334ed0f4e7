// Parts of answers that many clients get, such as a room's newest messages for a crowd that connects: encoded once, not for each of them.
import type { NativeOut } from '../contract.ts'
import type { ChatServer } from './protocol.ts'

/** Types of packets in Socket.IO's protocol. */
const [EVENT, ACK] = [2, 3]
/** The event that answers a part of the handshake. */
const OPENED: keyof NativeOut = 'room:opened'
/** Marked parts are looked for in an answer, in its value, in the parts of that, and in lists among those. */
const DEPTH = 3

interface Packet {
  type: number
  id?: number
  data?: unknown[]
}

/** JSON of what is marked; null until it is needed. */
const marked = new WeakMap<object, string | null>()

/** Marks an object or list that never changes again. */
export function encodeOnce<T extends object>(part: T): T {
  if (!marked.has(part)) marked.set(part, null)
  return part
}

/** Answers are text here, so they also need no search for buffers, which Socket.IO does in all of them. */
export function shareEncodings(io: ChatServer): void {
  const { encoder } = io as unknown as { encoder: { encode(packet: Packet): unknown[] } }
  const encode = encoder.encode.bind(encoder)
  encoder.encode = (packet) => {
    const { type, id, data = [] } = packet
    const isAnswer = type === ACK || (type === EVENT && data[0] === OPENED)
    return isAnswer ? [`${type}${id ?? ''}${list(data, DEPTH)}`] : encode(packet)
  }
}

function json(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const known = marked.get(value)
  if (known !== undefined) return known ?? remember(value)
  if (depth > 0 && Array.isArray(value)) return list(value, depth - 1)
  if (depth === 0 || Object.getPrototypeOf(value) !== Object.prototype) return JSON.stringify(value)
  let fields = ''
  for (const [name, field] of Object.entries(value))
    if (field !== undefined) fields += `${fields && ','}${JSON.stringify(name)}:${json(field, depth - 1)}`
  return `{${fields}}`
}

/** Without `join`, which copies the parts; texts that are only appended share them until they are written. */
function list(values: readonly unknown[], depth: number): string {
  let items = ''
  for (const value of values) items += `${items && ','}${json(value, depth)}`
  return `[${items}]`
}

function remember(value: object): string {
  const encoded = JSON.stringify(value)
  marked.set(value, encoded)
  return encoded
}
