// Logs an outage: one line when it starts, at most one a minute while it lasts (or as often as given), and one when it ends.

const REPEAT_EVERY_MS = 60_000

export interface OutageLog {
  readonly lasts: boolean
  /** A call or an attempt to connect has failed. */
  failed(sentence: string, cause: unknown): void
  /** The service answers again. */
  ended(): void
}

/** `name`: what is out, as the first words of a sentence. `now`: milliseconds. */
export function createOutageLog(options: {
  name: string
  log: { warn(details: object, sentence: string): void; info(sentence: string): void }
  now(): number
  repeatEveryMs?: number
}): OutageLog {
  const { name, log, now, repeatEveryMs = REPEAT_EVERY_MS } = options
  let startedAt: number | null = null
  let loggedAt = -Infinity

  return {
    get lasts() {
      return startedAt !== null
    },
    failed(sentence, cause) {
      const at = now()
      startedAt ??= at
      // Another cause waits as well: while a server goes down, each moment has a name of its own.
      if (at - loggedAt < repeatEveryMs) return
      loggedAt = at
      log.warn({ err: cause }, sentence)
    },
    ended() {
      if (startedAt === null) return
      log.info(`${name} answers again after ${Math.round((now() - startedAt) / 1_000)} s`)
      startedAt = null
      loggedAt = -Infinity
    }
  }
}
