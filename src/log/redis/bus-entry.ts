// How the bus has a message's entry written by the append script, in the same step as the message.
import type { SentChange } from '../message-log.ts'

export interface BusEntries {
  /** The key of the stream. */
  readonly stream: string
  /** The entry of a message. Each attempt to store the message needs a new one, because no entry may be read twice. */
  entryOf(change: SentChange): BusEntry
}

export interface BusEntry {
  /** Which entries of the stream may stay, as XADD takes it. */
  trim: readonly [strategy: string, threshold: string]
  /** Names and values in turn. */
  fields: string[]
  /** Call it once the script has written the entry. */
  written(): void
}
