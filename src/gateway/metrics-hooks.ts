import type { Reason, Sync, ClientEvent } from '../contract.ts'

/** What the gateway reports for metrics and logs. */
export interface GatewayHooks {
  /** An event was answered. */
  answered(event: ClientEvent, result: 'ok' | Reason, seconds: number): void
  /** A client came back with a cursor. */
  resynced(kind: Sync['kind']): void
  disconnected(reason: string): void
  /** A client sent `error`. Its payload is neither stored nor logged. */
  clientError(): void
  /** A client older than socket.io-client 3, which speaks another version of the protocol, was refused. */
  oldClient(): void
  /** A request that belongs to another instance was sent on. */
  replayed(kind: 'request' | 'upgrade'): void
  /** A client that did not read was disconnected. */
  slowReaderCut(bytes: number): void
}
