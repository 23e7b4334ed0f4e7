// Commands with a deadline, on a connection that is replaced when it hangs.
import type { RedisClient } from './connection.ts'
import { StoreUnavailable } from '../errors.ts'
import { asStoreError } from './errors.ts'

/** A connection without any answer for this many deadlines is replaced: a lost route sends no reset, and TCP alone waits for minutes. */
const DEADLINES_OF_SILENCE = 3

/**
 * Sends a command. `onLate` receives an answer that arrived after the deadline.
 * @throws StoreUnavailable: the command may or may not have been executed. Any other error is a bug or data that this version can't read.
 */
export type Ask = (command: string[], onLate?: (answer: unknown) => void) => Promise<unknown>

export function createAsk(client: RedisClient, deadlineMs: number): Ask {
  const pending = new Set<AbortController>()
  let isUp = false
  /** Since when Redis owes an answer and has sent none. */
  let silentSince = 0
  const received = () => {
    silentSince = performance.now()
  }
  client.on('ready', () => {
    isUp = true
    received()
  })
  /** What is not written by now would follow on the next connection, perhaps before the last one's commands are executed. */
  function lost() {
    if (isUp) for (const withdrawal of pending) withdrawal.abort()
    isUp = false
  }
  client.on('error', lost)
  client.on('end', lost)

  function replaceIfSilent() {
    const silentMs = performance.now() - silentSince
    if (!client.isReady || silentMs < deadlineMs * DEADLINES_OF_SILENCE) return
    client.destroy()
    // The client repeats failed attempts itself and reports them to its error listener.
    client.connect().catch(() => {})
  }

  return (command, onLate) =>
    new Promise((resolve, reject) => {
      const withdrawal = new AbortController()
      let late = false
      if (pending.size === 0) received()
      pending.add(withdrawal)
      const deadline = setTimeout(() => {
        late = true
        // Withdraws a command that is not written yet; one that is written may still be executed.
        withdrawal.abort()
        reject(new StoreUnavailable(`Redis did not answer within ${deadlineMs} ms`))
        replaceIfSilent()
      }, deadlineMs)
      const settled = () => {
        pending.delete(withdrawal)
        clearTimeout(deadline)
      }
      const answered = (answer: unknown) => {
        settled()
        received()
        return late ? onLate?.(answer) : resolve(answer)
      }
      const failed = (cause: unknown) => {
        settled()
        reject(asStoreError(cause))
      }
      client.sendCommand(command, { abortSignal: withdrawal.signal, timeout: 0 }).then(answered, failed)
    })
}
