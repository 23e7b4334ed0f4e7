// Reserves memory for an answer before it is read from the store: answers that clients do not read stay in memory (see unsent.ts).
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import { ChatError } from '../errors.ts'
import type { UnsentBudget } from '../access/unsent.ts'

const RETRY_AFTER_MS = 1_000

/**
 * Reserves memory for GET requests, whose answers have at most `bytesMax`.
 * @throws ChatError too-fast when unread answers take all of the budget
 */
export function roomToAnswer(
  unsent: Pick<UnsentBudget, 'reserve'>,
  addressOf: (c: Context) => string,
  bytesMax: number
): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.method !== 'GET') return next()
    const settle = await reserve(unsent, addressOf(c), bytesMax)
    try {
      await next()
    } finally {
      const { outgoing } = (c.env ?? {}) as Partial<HttpBindings>
      // By then the answer is written.
      setImmediate(() => settle(outgoing?.writableLength ?? 0))
    }
  }
}

/** Waits until there is memory for a file. @throws ChatError too-fast */
export async function roomForFile(unsent: Pick<UnsentBudget, 'reserve'>, address: string, file: Response) {
  const bytes = Number(file.headers.get('content-length') ?? 0)
  const settle = await reserve(unsent, address, bytes)
  settle(bytes)
}

async function reserve(unsent: Pick<UnsentBudget, 'reserve'>, address: string, bytes: number) {
  const settle = await unsent.reserve(address, bytes)
  if (!settle) throw new ChatError('too-fast', RETRY_AFTER_MS)
  return settle
}
