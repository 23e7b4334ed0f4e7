import type { Reason, Sync, ClientEvent } from '../contract.ts'

/** What an operator wants counted. */
export interface GatewayWatch {
  answered(word: ClientEvent, result: 'ok' | Reason, seconds: number): void
  /** A client came back with a cursor. */
  resynced(kind: Sync['kind']): void
  gone(reason: string): void
  /** A client said `error`. What it said is its own and isn't kept. */
  complained(): void
  /** A request that belongs to another instance was sent on. */
  replayed(kind: 'request' | 'upgrade'): void
  cut(bytes: number): void
}
