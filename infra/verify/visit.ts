// What one run of `npm run verify` was asked for, and whom it has brought along.
import type { Finding } from './finding.ts'
import type { Guest } from './guest.ts'
import type { Measured } from './latency.ts'
import type { Native } from './native.ts'
import type { Passage, Way } from './way.ts'

export interface Region {
  name: string
  way: Way
  /** Ids of the machines that have answered there. */
  machines: readonly string[]
}

export interface Visit {
  readonly url: string
  /** Marks the names and texts of this run. */
  readonly run: string
  /** Regions that must be there; null: all that answer. */
  readonly wanted: readonly string[] | null
  /** Whether the lobby may be spoken in. */
  readonly lobby: boolean
  readonly watchSeconds: number
  readonly redisUrl: string | null
  readonly idleSeconds: number
  /** Ctrl-C: what only waits is cut short, and everything is cleaned up. */
  readonly enough: AbortSignal
  /** Whether answers bear the mark of Fly's proxy. */
  readonly behindFly: boolean
  /** Whether clients may speak the borrowed vocabularies. */
  readonly guestsAllowed: boolean

  // Filled by the checks, in their order.
  regions: Region[]
  natives: Native[]
  guests: Guest[]
  /** How many of the natives came in where they asked to. */
  placed: number
  /** While everybody talked and nothing was deployed; null: nobody could. */
  measured: Measured | null
  /** Of sessions whose requests were scattered over the regions. */
  scattered: readonly Passage[]
  /** Whether people were shown the way when a machine was told to end; null: none was. */
  drained: boolean | null
}

/** One thing to look at. What it throws is what is wrong. */
export interface Check {
  title: string
  look(visit: Visit): Promise<Finding>
}

export const regionOfMachine = ({ regions }: Visit, machine: string): string | undefined =>
  regions.find(({ machines }) => machines.includes(machine))?.name
