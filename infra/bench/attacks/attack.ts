// The shape of an attack: a bounded program, and what is in the store before it starts.
import type { Attacker } from './attacker.ts'

/** What the store holds when the attack begins. */
export interface Prepared {
  /** Rooms beside the lobby. */
  rooms: number
  /** Messages in the lobby. */
  messages: number
  /** UTF-8 bytes of each of these messages. */
  messageBytes: number
  /** People who reacted to the newest message, each with 4 of 20 emoji. */
  reactingPeople: number
}

export interface Attack {
  /** Which limit is missing when this attack succeeds. */
  about: string
  prepare?: Partial<Prepared>
  /** Settings of the server. */
  env?: Record<string, string>
  /** Of Redis, in MB; unlimited when left out. */
  redisMaxMb?: number
  /** No limit forbids it: the server only has to serve the others meanwhile. */
  isAllowed?: true
  /** Ends with the attacker's signal. */
  run(attacker: Attacker): Promise<void>
}

export type Attacks = Record<string, Attack>

/** The longest message: the most code points, each of four bytes. */
export const longText = (salt: number) => `${salt} `.padEnd(12).concat('😀'.repeat(3_980))
