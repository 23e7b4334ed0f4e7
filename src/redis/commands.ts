// One question to Redis with a deadline, and scripts asked that way. Whatever goes wrong is StoreUnavailable with its cause.
import { createHash } from 'node:crypto'
import type { RedisClient } from './redis.ts'
import { StoreUnavailable } from '../errors.ts'

/** A connection silent for so many deadlines is taken for dead: a lost route sends no reset, and TCP alone waits for minutes. */
const DEADLINES_OF_SILENCE = 3

/** @throws StoreUnavailable; `onLate` hears an answer that came after that. */
export type Ask = (command: string[], onLate?: (answer: unknown) => void) => Promise<unknown>

export function createAsk(client: RedisClient, deadlineMs: number): Ask {
  let waiting = 0
  /** Since when Redis has owed an answer and given none. */
  let owingSince = 0
  const heard = () => {
    owingSince = performance.now()
  }
  client.on('ready', heard)

  function missed() {
    const silence = performance.now() - owingSince
    if (!client.isReady || silence < deadlineMs * DEADLINES_OF_SILENCE) return
    client.destroy()
    // Failed attempts are repeated by the client, and told to its error listener.
    client.connect().catch(() => {})
  }

  return (command, onLate) =>
    new Promise((resolve, reject) => {
      const withdrawal = new AbortController()
      let late = false
      if (waiting === 0) heard()
      waiting += 1
      const deadline = setTimeout(() => {
        late = true
        // Takes it back if it wasn't written yet; else it may still be executed.
        withdrawal.abort()
        reject(new StoreUnavailable(`Redis did not answer within ${deadlineMs} ms`))
        missed()
      }, deadlineMs)
      const settled = () => {
        waiting -= 1
        clearTimeout(deadline)
      }
      const answered = (answer: unknown) => {
        settled()
        heard()
        return late ? onLate?.(answer) : resolve(answer)
      }
      const failed = (cause: unknown) => {
        settled()
        reject(new StoreUnavailable('Redis did not do what was asked', { cause }))
      }
      client.sendCommand(command, { abortSignal: withdrawal.signal, timeout: 0 }).then(answered, failed)
    })
}

export interface Script {
  source: string
  sha: string
}

export function script(...parts: string[]): Script {
  const source = parts.join('\n')
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}

/** Runs a script in one round trip; in two when Redis has forgotten it meanwhile. Runs keep the order in which they were asked for. */
export type Run = (
  script: Script,
  keys: string[],
  args: string[],
  onLate?: (answer: unknown) => void
) => Promise<unknown>

export function createRun(client: RedisClient, ask: Ask): Run {
  /**
   * What this connection was given in full. Asking by name first and again in full when Redis doesn't know it would let the
   * second of two words pass the first: another instance may bring the script between them.
   */
  const given = new Set<string>()
  const forget = () => given.clear()
  client.on('error', forget)
  client.on('end', forget)

  return async ({ sha, source }, keys, args, onLate) => {
    const rest = [`${keys.length}`, ...keys, ...args]
    if (!given.has(sha)) {
      given.add(sha)
      return ask(['EVAL', source, ...rest], onLate)
    }
    try {
      return await ask(['EVALSHA', sha, ...rest], onLate)
    } catch (error) {
      if (!(error instanceof StoreUnavailable && isUnknownScript(error.cause))) throw error
      return ask(['EVAL', source, ...rest], onLate)
    }
  }
}

const isUnknownScript = (cause: unknown) => cause instanceof Error && cause.message.startsWith('NOSCRIPT')
