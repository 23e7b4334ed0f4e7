// One run of `npm run verify`: its options, and the clients that it has connected.
import { randomBytes } from 'node:crypto'
import type { CompatibleClient } from './compatible.ts'
import type { NativeClient } from './native.ts'
import type { Result } from './result.ts'
import type { Region, RunOptions } from './run-options.ts'

export interface Run extends RunOptions {
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
export const regionOf = ({ regions }: Run, machine: string) =>
  regions.find(({ machines }) => machines.includes(machine))?.name
