// Answers that nobody reads stay in memory. No address may have many of them at once; the server's own timeout ends them.
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import { ChatError } from '../chat/chat-error.ts'

/** A classroom that opens a page at the same moment is well below. */
const UNREAD_MAX = 64
const AGAIN_AFTER_MS = 1_000

export function limitUnread(addressOf: (c: Context) => string): MiddlewareHandler {
  const open = new Map<string, number>()
  return async (c, next) => {
    const { outgoing } = (c.env ?? {}) as Partial<HttpBindings>
    if (!outgoing) return next()
    const address = addressOf(c)
    const count = open.get(address) ?? 0
    if (count >= UNREAD_MAX) throw new ChatError('too-fast', AGAIN_AFTER_MS)
    open.set(address, count + 1)
    outgoing.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left > 0) open.set(address, left)
      else open.delete(address)
    })
    return next()
  }
}
