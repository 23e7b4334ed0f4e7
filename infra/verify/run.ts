// One run of `npm run verify`: its options, and the clients that it has connected.
import { randomBytes } from 'node:crypto'
import type { CompatibleClient } from './compatible.ts'
import type { NativeClient } from './native.ts'
import type { Result } from './result.ts'

export interface Region {
  name: string
  url: string
  /** Their ids. */
  machines: readonly string[]
}

export interface Run {
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

  // Filled by the checks, in their order.
  regions: Region[]
  natives: NativeClient[]
  compatible: CompatibleClient[]
  latencies: string | null
}

/** A run that has not connected anybody, and does what is `wanted` only. */
export const newRun = (app: Pick<Run, 'url' | 'guestsAllowed'>, wanted: Partial<Run>): Run => ({
  ...app,
  id: randomBytes(3).toString('hex'),
  wanted: null,
  lobby: false,
  watchSeconds: 0,
  redisUrl: null,
  invitation: null,
  idleSeconds: 0,
  stoppedSeconds: 0,
  signal: new AbortController().signal,
  regions: [],
  natives: [],
  compatible: [],
  latencies: null,
  ...wanted
})

/** What a check throws is its fault. */
export interface Check {
  title: string
  look(run: Run): Promise<Result>
}

export const NOBODY = 'no client is connected'
export const NO_GUESTS = 'this app refuses the classic and course protocols (GUEST_PROTOCOLS=off)'
export const NO_LOBBY = 'nothing is posted in the lobby (--no-lobby)'
/** Begins every message of a run. */
export const prefixOf = (id: string) => `verify ${id}: `
export const regionOf = ({ regions }: Run, machine: string) =>
  regions.find(({ machines }) => machines.includes(machine))?.name
