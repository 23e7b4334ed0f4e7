// An answer is read from the store once there is room for it: answers that nobody reads stay in memory (see unsent.ts).
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import { ChatError } from '../errors.ts'
import type { UnsentBudget } from '../access/unsent.ts'

const AGAIN_AFTER_MS = 1_000

/**
 * Keeps room for answers of at most `bytesMax` to requests that read.
 * @throws ChatError too-fast when answers that nobody reads take all the room
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

/** Waits for room for a file. @throws ChatError too-fast */
export async function roomForFile(unsent: Pick<UnsentBudget, 'reserve'>, address: string, file: Response) {
  const bytes = Number(file.headers.get('content-length') ?? 0)
  const settle = await reserve(unsent, address, bytes)
  settle(bytes)
}

async function reserve(unsent: Pick<UnsentBudget, 'reserve'>, address: string, bytes: number) {
  const settle = await unsent.reserve(address, bytes)
  if (!settle) throw new ChatError('too-fast', AGAIN_AFTER_MS)
  return settle
}
