// Encoded answers that are valid while a room's head does not change: one body per query, few queries, bounded in bytes.
import { createHash } from 'node:crypto'
import type { Cursor } from '../contract.ts'

const BODIES_MAX = 8
const BODIES_MAX_BYTES = 8_000_000

export interface Body {
  /** The ETag, quotes included. */
  tag: string
  bytes: Uint8Array<ArrayBuffer>
}

export interface BodyCache {
  /** The cached body of this query at this head. */
  find(query: string, head: Cursor): Body | null
  /** The body of this query at this head: the cached one, or the text that `encode` returns, which is cached. */
  keep(query: string, head: Cursor, encode: () => string): Body
  clear(): void
}

export function createBodyCache(): BodyCache {
  /** The least recently used first. */
  const cached = new Map<string, Body>()

  function find(query: string, head: Cursor): Body | null {
    const body = cached.get(query)
    if (!body || body.tag !== tagOf(query, head)) return null
    cached.delete(query)
    cached.set(query, body)
    return body
  }

  return {
    find,
    keep(query, head, encode) {
      const known = find(query, head)
      if (known) return known
      const body = { tag: tagOf(query, head), bytes: new TextEncoder().encode(encode()) }
      cached.delete(query)
      cached.set(query, body)
      let total = [...cached.values()].reduce((sum, { bytes }) => sum + bytes.length, 0)
      for (const [oldest, { bytes }] of cached) {
        if (cached.size <= BODIES_MAX && total <= BODIES_MAX_BYTES) break
        cached.delete(oldest)
        total -= bytes.length
      }
      return body
    },
    clear: () => cached.clear()
  }
}

/** Whether a request's If-None-Match names this ETag. */
export function matches(ifNoneMatch: string | undefined, tag: string): boolean {
  const named = ifNoneMatch?.split(',').map((one) => one.trim())
  return named?.some((one) => one === '*' || weak(one) === tag) ?? false
}

const weak = (tag: string) => (tag.startsWith('W/') ? tag : `W/${tag}`)

/** Weak, because a body may already contain events that came just after its head was read. */
function tagOf(query: string, { epoch, seq, id }: Cursor): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([query, epoch, seq, id]))
    .digest('base64url')
  return `W/"${digest.slice(0, 22)}"`
}
