// One message on its way: what it is, and how what another page kept of it is read.
import * as v from 'valibot'
import { isId, reasons, type Reason, type Receipt } from '../../../src/contract.ts'

export interface OutboxItem {
  v: 1
  /** The message's id, the same at every attempt: the server keeps it once however often it comes. */
  id: string
  room: string
  text: string
  /** The id of the message it answers. */
  replyTo?: string
  /** Milliseconds since 1970 by this device, later than all that were said before: it is the order of sending. */
  at: number
  /** `unsure`: tried so long ago that trying again might say it twice, and the log can't tell. A person decides. */
  state: 'queued' | 'sending' | 'sent' | 'failed' | 'unsure'
  /** When an attempt was first made: from then on it may have been kept, and only its own id may try again. */
  triedAt?: number
  /** Unconfirmed long enough to say so. */
  slow?: true
  /** Why it failed; none when it is known only that it was never kept. */
  reason?: Reason
  receipt?: Receipt
}

const keptItem: v.GenericSchema<unknown, OutboxItem> = v.object({
  v: v.literal(1),
  id: v.custom<string>(isId),
  room: v.string(),
  text: v.string(),
  replyTo: v.exactOptional(v.string()),
  at: v.number(),
  state: v.picklist(['queued', 'sending', 'sent', 'failed', 'unsure']),
  triedAt: v.exactOptional(v.number()),
  reason: v.exactOptional(v.picklist(reasons)),
  receipt: v.exactOptional(v.object({ seq: v.number(), id: v.string(), at: v.number() }))
})

/** Null when it is no item of this version: a newer page's is left to it. */
export function readItem(kept: unknown): OutboxItem | null {
  const { success, output } = v.safeParse(keptItem, kept)
  return success ? output : null
}

/** Whether it still has to be sent. */
export const isUnsent = ({ state }: OutboxItem) => state === 'queued' || state === 'sending'

/** Whether its fate is known, so that it can be taken back or said otherwise without being said twice. */
export const isOurs = ({ state, triedAt }: OutboxItem) =>
  state === 'failed' || state === 'unsure' || (state === 'queued' && triedAt === undefined)
