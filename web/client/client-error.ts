// The one error of the published client.
import type { Reason, RoomEvent } from '../../src/contract.ts'

/**
 * Why something came to nothing. The server's reasons (`Reason`), and the client's own:
 * - `closed`: the client was closed; a message that waited is kept, and goes out when its store is opened again.
 * - `handler`: a handler threw (`cause`); it is tried again.
 * - `missed`: events were missed, and nobody listens with `onReset`.
 * - `store`: the store failed (`cause`); it is tried again.
 * - `newer`: the store was written by a newer version of this client; it was left alone.
 */
export type ClientReason = Reason | 'closed' | 'handler' | 'missed' | 'store' | 'newer'

export class ClientError extends Error {
  override name = 'ClientError'
  readonly reason: ClientReason
  readonly room?: string
  readonly event?: RoomEvent

  constructor(
    reason: ClientReason,
    message: string,
    about: { cause?: unknown; room?: string; event?: RoomEvent } = {}
  ) {
    super(message, 'cause' in about ? { cause: about.cause } : undefined)
    this.reason = reason
    if (about.room !== undefined) this.room = about.room
    if (about.event) this.event = about.event
  }
}

/** A verb that the server refused. */
export const refused = (reason: Reason, room?: string) =>
  new ClientError(reason, `refused: ${reason}`, room === undefined ? {} : { room })
