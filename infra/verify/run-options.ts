// What an operator wants of one run of `npm run verify`, and how its names and messages are marked.

export interface Region {
  name: string
  url: string
  /** Their ids. */
  machines: readonly string[]
}

export interface RunOptions {
  readonly url: string
  /** Marks the names and messages of this run. */
  readonly id: string
  readonly wanted: readonly string[] | null
  readonly lobby: boolean
  readonly watchSeconds: number
  readonly redisUrl: string | null
  /** The code of an invitation, for an app with ACCESS=invite. */
  readonly invitation: string | null
  readonly idleSeconds: number
  /** 0: it isn't tried whether machines that have exited start again. */
  readonly stoppedSeconds: number
  /** Aborted by Ctrl-C: waiting ends, and the run cleans up. */
  readonly signal: AbortSignal
  readonly guestsAllowed: boolean
}

/** Begins every message of a run. */
export const prefixOf = (id: string) => `verify ${id}: `
