// Pages and catch-ups of one connection: a few at a time, each once there is room for its answer.
import { ChatError } from '../errors.ts'
import { ANSWER_MAX_BYTES } from '../log/answer-bytes.ts'
import { endOfTurn } from '../log/turns.ts'
import type { UnsentBudget } from '../access/unsent.ts'
import { cut, unreadBytes } from './connection.ts'
import { HIGH_WATER_BYTES } from './open-connections.ts'
import type { ChatSocket } from './protocol.ts'

const READS_AT_ONCE = 4

/**
 * Runs reads whose answers are large. A connection that does not read its answers is closed.
 * @returns a function that rejects with ChatError too-fast when there is no room for an answer
 */
export function createConnectionReads(socket: ChatSocket, unsent: Pick<UnsentBudget, 'reserve'>) {
  /** Ends of the last reads; nothing while there are none. */
  let lanes: Promise<void>[] = []
  let [next, pending] = [0, 0]

  async function readOne<T>(work: () => Promise<T>): Promise<T> {
    if (unreadBytes(socket.conn) > HIGH_WATER_BYTES) cut(socket.conn)
    const settle = socket.connected ? await unsent.reserve(socket.data.caller.address, ANSWER_MAX_BYTES) : null
    if (!settle) throw new ChatError('too-fast')
    try {
      return await work()
    } finally {
      // By then the answer is written.
      void endOfTurn().then(() => settle(unreadBytes(socket.conn)))
    }
  }

  return function read<T>(work: () => Promise<T>): Promise<T> {
    const lane = next++ % READS_AT_ONCE
    pending += 1
    const result = (lanes[lane] ?? Promise.resolve()).then(() => readOne(work))
    // A lane keeps only the end of a read: the answer itself would stay in memory until the next one.
    const end = () => {
      pending -= 1
      if (pending === 0) lanes = []
    }
    lanes[lane] = result.then(end, end)
    return result
  }
}

export type ConnectionReads = ReturnType<typeof createConnectionReads>
